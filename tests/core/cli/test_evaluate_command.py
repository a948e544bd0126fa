"""``chiasm evaluate``, from files to tables, JSON, plots, a page and TREC runs."""

import json
from pathlib import Path

import pytest
from PIL import Image

PLUGIN = Path(__file__).parents[2] / "letters" / "letters_plugin.py"

YAML = """
components:
  words: {use: letters}
  keywords: {use: bm25}
  sight: {use: shade}
index:
  - {encode: text, with: words}
  - {encode: text, with: keywords}
  - {encode: image, with: sight}
store: {use: qdrant-edge, params: {path: store}}
"""


@pytest.fixture
def library(tmp_path, monkeypatch, install, renew, chiasm):
    install("letters_plugin", PLUGIN.read_text())
    renew()
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "library"
    folder.mkdir()
    for name, text in {"zoo": "zebra zoo", "jazz": "jazz fizz buzz", "onion": "quick onion"}.items():
        (folder / f"{name}.txt").write_text(text)
    for name, colour in {"red": (255, 0, 0), "green": (0, 255, 0)}.items():
        Image.new("RGB", (16, 16), colour).save(folder / f"{name}.png")
    (tmp_path / "pipeline.yaml").write_text(YAML)
    assert chiasm("index", folder, "--config", "pipeline.yaml").code == 0
    lines = [
        {"id": "stripes", "text": "zebra zoo", "relevant": "zoo"},
        {"id": "music", "text": "jazz", "relevant": ["jazz"]},
        {"id": "rose", "text": "rrr", "relevant": {"red": 2}},
        {"id": "leaf", "image": "library/green.png", "relevant": "green"},
    ]
    (tmp_path / "queries.jsonl").write_text("\n".join(map(json.dumps, lines)))
    return tmp_path


@pytest.fixture
def evaluate(library, chiasm):
    return lambda *arguments: chiasm("evaluate", "--config", "pipeline.yaml", "--queries", "queries.jsonl", *arguments)


def test_systems_are_compared_in_a_table(evaluate):
    found = evaluate("--fusion", "rrf", "--fusion", "rrf {k: 1}", "--measure", "mrr", "--measure", "recall@1")
    assert found.code == 0, found
    lines = found.out.splitlines()
    assert lines[0] == "4 judged queries"
    assert lines[2].split() == ["system", "mrr", "recall@1"]
    assert [line.partition("  ")[0] for line in lines[3:7]] == [
        "alone: text:words", "alone: text:keywords", "rrf", "rrf {k: 1}",
    ]  # fmt: skip
    assert "95% interval" in found.out


def test_json_is_all_that_is_on_standard_output(evaluate):
    facts = json.loads(evaluate("--json", "--measure", "mrr").out)
    assert facts["queries"] == 4 and facts["main"] == "mrr"
    assert facts["systems"]["rrf"]["figures"]["mrr"] == 1.0


def test_dropping_shows_how_the_figure_falls(evaluate):
    found = evaluate("--drop", "image", "--measure", "recall@1")
    assert "recall@1 as documents lose image" in found.out
    assert found.out.splitlines()[-1].split() == ["rrf", "1.000", "1.000", "0.750", "0.500", "0.500"]


def test_plots_a_page_and_runs_are_written(evaluate, library):
    found = evaluate("--plot", "out.png", "--report", "out.html", "--run", "out.run", "--drop", "image")
    assert found.code == 0, found
    for name in ("out.png", "out.drop.png", "out.html", "out.rrf.run", "out.alone-text-words.run"):
        assert (library / name).stat().st_size > 0, name
    again = evaluate("--with-run", "out.rrf.run", "--json", "--measure", "map")
    systems = json.loads(again.out)["systems"]
    assert systems["out.rrf"]["figures"] == systems["rrf"]["figures"]


def test_judgements_may_come_in_trec_format(chiasm, library):
    (library / "queries.tsv").write_text("stripes\tzebra zoo\n")
    (library / "qrels.txt").write_text("stripes 0 zoo 1\n")
    arguments = ("evaluate", "--config", "pipeline.yaml", "--queries", "queries.tsv", "--qrels")
    assert json.loads(chiasm(*arguments, "qrels.txt", "--json").out)["systems"]["rrf"]["figures"]["mrr"] == 1.0
    (library / "qrels.txt").write_text("stripes 0 zoo\n")
    found = chiasm(*arguments, "qrels.txt")
    assert (found.code, found.out) == (2, "")
    assert "qrels.txt:1: a line has 4 fields" in found.err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--measure", "recall"], "needs a cutoff"),
        (["--fusion", "rff"], "rff"),
        (["--fusion", "rrf {k: "], "Write it as 'rrf {k: 20}'"),
        (["--fusion", "rrf {k: -1}"], "greater than or equal to 0"),
        (["--drop", "images"], "Did you mean 'image'"),
        (["--plot", "out.pdf"], ".png or .svg"),
        (["--with-run", "none.run"], "none.run: the file cannot be read"),
        (["--drop-from", "nowhere"], "documents, queries, both"),
        (["--between", "text,image"], "either --queries FILE or --between"),
    ],
)
def test_a_mistake_is_told_and_the_exit_code_is_of_usage(evaluate, arguments, message):
    found = evaluate(*arguments)
    assert found.code == 2 and message in found.err and not found.out, found


def test_fields_are_searched_both_ways_without_queries(chiasm, library):
    pairs = library / "pairs"
    pairs.mkdir()
    for name, colour in {"red": (255, 0, 0), "green": (0, 255, 0)}.items():
        Image.new("RGB", (16, 16), colour).save(pairs / f"{name}.png")
        (pairs / f"{name}.txt").write_text(name[0] * 3)
    assert chiasm("index", pairs, "--config", "pipeline.yaml").code == 0
    arguments = ("evaluate", "--config", "pipeline.yaml", "--between")
    facts = json.loads(chiasm(*arguments, "text,image", "--json", "--measure", "mrr").out)
    assert facts["queries"] == 2
    assert facts["systems"]["image -> text"]["figures"]["mrr"] == 1.0
    assert chiasm(*arguments, "text").code == 2
    assert "have no dense vectors in one space" in chiasm(*arguments, "text,audio").err


def test_the_gap_of_a_store_is_told_and_drawn(chiasm, library):
    found = chiasm("inspect", "gap", "--config", "pipeline.yaml", "--plot", "gap.png")
    assert found.code == 0, found
    assert found.out.split()[:5] == ["SPACE", "FIELDS", "PAIRS", "VECTORS", "DISTANCE"]
    assert "centred" in found.out and (library / "gap.png").stat().st_size > 0
    facts = json.loads(chiasm("inspect", "gap", "--config", "pipeline.yaml", "--json").out)
    assert facts[0]["fields"] == ["text", "image"]
    assert chiasm("inspect", "gap", "--config", "pipeline.yaml", "--plot", "gap.gif").code == 2
