"""What the scaffold writes installs, passes its tests and its type check, as it is."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from fresh_environment import FreshEnvironment

from chiasm.errors import ConfigError
from chiasm.scaffold import KINDS, Scaffold, write_package


@pytest.fixture(scope="module")
def packages(environment: FreshEnvironment, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One package of each kind, written by the command and installed."""
    folder = tmp_path_factory.mktemp("packages")
    for kind in KINDS:
        environment.chiasm("plugins", "new", kind, f"acme-{kind}", "--folder", folder, cwd=folder)
    environment.install(*(folder / f"acme-{kind}" for kind in KINDS))
    return folder


@pytest.mark.parametrize("kind", KINDS)
def test_a_generated_package_passes_its_tests(kind, packages, environment):
    said = environment.run("-m", "pytest", "-q", "-p", "no:cacheprovider", cwd=packages / f"acme-{kind}").stdout

    assert "failed" not in said
    assert "passed" in said


@pytest.mark.parametrize("kind", KINDS)
def test_a_generated_package_passes_its_type_check(kind, packages, environment):
    cache = packages / ".mypy_cache"
    said = environment.run("-m", "mypy", "--cache-dir", cache, cwd=packages / f"acme-{kind}").stdout

    assert "Success: no issues found in 4 source files" in said


@pytest.mark.parametrize("kind", KINDS)
def test_a_generated_package_is_short_and_explains_itself(kind, packages):
    for path in (packages / f"acme-{kind}").rglob("*.py"):
        text = path.read_text()
        assert ast.get_docstring(ast.parse(text))
        assert len(text.splitlines()) < (150 if kind == "store" else 75)
        assert max(map(len, text.splitlines())) <= 120


def test_the_plugins_are_listed_and_the_example_is_a_pipeline(packages, environment):
    listed = environment.chiasm("plugins", "list", cwd=packages).stdout
    for kind in KINDS:
        assert f"acme-{kind}" in listed
        environment.chiasm("plan", "--config", packages / f"acme-{kind}" / "pipeline.yaml", cwd=packages)


def test_the_command_checks_a_package(packages, environment):
    said = environment.chiasm("plugins", "check", "acme-reranker", cwd=packages)

    assert "reranker acme-reranker/acme-reranker" in said.stdout
    assert "passed." in said.stderr


@pytest.mark.parametrize(
    ("kind", "name", "said"),
    [
        ("encode", "acme", "Did you mean 'encoder'"),
        ("encoder", "Acme Colours", "small letters, digits and single dashes"),
        ("encoder", "2acme", "a letter first"),
        ("encoder", "json", "name of a module"),
        ("encoder", "chiasm", "name of a module"),
        ("encoder", "class", "name of a module"),
    ],
)
def test_a_wrong_kind_or_name_is_refused(kind, name, said):
    with pytest.raises(ConfigError, match=said):
        Scaffold(kind, name)


def test_nothing_is_overwritten(tmp_path):
    (tmp_path / "acme").mkdir()
    (tmp_path / "acme" / "mine.py").write_text("mine")

    with pytest.raises(ConfigError, match="nothing is overwritten"):
        write_package(Scaffold("encoder", "acme"), tmp_path)
    assert [path.name for path in (tmp_path / "acme").iterdir()] == ["mine.py"]
