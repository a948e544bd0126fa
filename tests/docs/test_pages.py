"""What the documentation shows is what chiasm does: its pipelines, filters, plugin and messages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from chiasm import Pipeline
from chiasm.documents import DocumentsConfig
from chiasm.errors import ConfigError, QueryError
from chiasm.filter_syntax import parse_filter

DOCS = Path(__file__).parents[2] / "docs"
README = DOCS.parent / "README.md"


def blocks(page: Path, language: str) -> dict[str, str]:
    """Return the fenced blocks of a page in a language, by title, or by number where they have none."""
    fence = re.compile(rf'^```{language}(?: title="([^"]*)")?\n(.*?)^```', re.MULTILINE | re.DOTALL)
    return {title or str(number): text for number, (title, text) in enumerate(fence.findall(page.read_text()))}


PIPELINES = [
    pytest.param(text, id=f"{page.name}-{name}")
    for page in [*sorted(DOCS.glob("*.md")), README]
    for name, text in blocks(page, "yaml").items()
    if text.startswith("chiasm: 1") and page.name != "plugin-tutorial.md" and "intfloat/" not in text
]


@pytest.mark.parametrize("text", PIPELINES)
def test_every_pipeline_that_is_shown_can_be_built(text, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("QDRANT_API_KEY", "secret")
    pipeline = Pipeline.from_yaml(text)
    assert Pipeline.from_yaml(pipeline.to_yaml()).plan().fingerprint == pipeline.plan().fingerprint


def test_the_yaml_and_the_python_of_a_pipeline_are_the_same(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    page = DOCS / "configuration.md"
    made: dict[str, Pipeline] = {}
    exec(blocks(page, "python")["0"], made)
    assert made["pipeline"].config == Pipeline.from_yaml(blocks(page, "yaml")["0"]).config


def test_the_yaml_and_the_python_of_a_hybrid_are_the_same_and_its_plan_is_shown(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    page = DOCS / "hybrid-fusion.md"
    made: dict[str, Pipeline] = {}
    exec(blocks(page, "python")["0"], made)
    assert made["library"].config == Pipeline.from_yaml(blocks(page, "yaml")["0"]).config
    (shown,) = blocks(page, "text").values()
    assert shown.strip() in str(made["library"].plan())


def test_the_function_that_reranks_is_one(tmp_path):
    from chiasm.contracts import Candidate

    (text,) = [each for each in blocks(DOCS / "search.md", "python").values() if "def newest" in each]
    made: dict = {}
    exec(text.partition("\n\n\n")[0], made)
    found = [Candidate(name, 1, 0.5, "text", metadata=meta) for name, meta in (("a", {"year": 2020}), ("b", {}))]
    known, unknown = made["newest"]([], found)
    assert known == 2020 and unknown != unknown


def test_the_message_on_a_wrong_field_is_the_one_that_is_shown(tmp_path):
    page = DOCS / "configuration.md"
    wrong = blocks(page, "yaml")["0"].replace("encode: [passage, transcript]", "encode: [pasage, transcript]", 1)
    path = tmp_path / "pipeline.yaml"
    path.write_text(wrong)
    with pytest.raises(ConfigError) as caught:
        Pipeline.from_yaml(path)
    shown = " ".join(next(text for text in blocks(page, "text").values() if "pasage" in text).split())
    assert re.sub(r":\d+:\d+:", ":", str(caught.value).removeprefix(f"{tmp_path}/")) == re.sub(r":\d+:\d+:", ":", shown)


def test_the_documents_section_that_is_shown_is_valid():
    import yaml

    (section,) = blocks(DOCS / "documents.md", "yaml").values()
    config = DocumentsConfig.model_validate(yaml.safe_load(section)["documents"])
    assert (config.id, config.holds_paths("manual"), config.modality_of("photo")) == ("sku", True, "image")


@pytest.mark.parametrize("line", blocks(DOCS / "search.md", "filter")["0"].splitlines())
def test_every_filter_that_is_shown_parses(line):
    assert parse_filter(str(parse_filter(line))) == parse_filter(line)


def test_the_filter_mistake_is_shown_as_it_is_told():
    shown = next(text for text in blocks(DOCS / "search.md", "text").values() if "=>" in text)
    with pytest.raises(QueryError) as caught:
        parse_filter("year => 2020")
    assert str(caught.value) in shown


def test_the_readme_and_the_pages_link_to_pages_that_exist():
    for page in [README, *DOCS.rglob("*.md")]:
        for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text()):
            generated = target.endswith(("reference/components.md", "reference/commands.md", "images/report.png"))
            assert generated or (page.parent / target).exists() or target == "CHANGELOG.md", f"{page.name}: {target}"
