"""Everything that the packages import is declared in pyproject.toml."""

from __future__ import annotations

import ast
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
OWN = {"bench", "chiasm", "chiasm_plugins", "chiasm_registry"}


def _imported(package: Path) -> dict[str, str]:
    """Return the top-level modules that are imported below a package, each with a file that does."""
    found: dict[str, str] = {}
    for path in sorted(package.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names: list[str] = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
                names = [node.module]
            tops = {name.partition(".")[0] for name in names}
            found |= {top: str(path.relative_to(ROOT)) for top in tops if not path.with_name(f"{top}.py").exists()}
    return {name: path for name, path in found.items() if name not in sys.stdlib_module_names | OWN}


def _undeclared(folder: str, declared: set[str]) -> dict[str, str]:
    owners = packages_distributions()
    modules = (ROOT / folder).rglob("*.py") if folder == "tests" else ()
    own = {path.parent.name if path.stem == "__init__" else path.stem for path in modules}
    return {
        module: path
        for module, path in _imported(ROOT / folder).items()
        if module not in own and not {canonicalize_name(name) for name in owners.get(module, [module])} & declared
    }


def _declared() -> tuple[set[str], set[str]]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    base = {canonicalize_name(Requirement(text).name) for text in project["dependencies"]}
    extras = {name: texts for name, texts in project["optional-dependencies"].items() if name != "dev"}
    return base, {canonicalize_name(Requirement(text).name) for texts in extras.values() for text in texts}


@pytest.mark.parametrize("package", ["registry/chiasm_registry", "core/chiasm", "plugins/chiasm_plugins"])
def test_every_imported_package_is_declared(package):
    base, extra = _declared()
    assert not _undeclared(package, base | extra)


@pytest.mark.parametrize("folder", ["tests", "bench"])
def test_what_tests_and_benchmarks_import_is_declared(folder):
    base, extra = _declared()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    dev = {canonicalize_name(Requirement(text).name) for text in project["optional-dependencies"]["dev"]}
    assert not _undeclared(folder, base | extra | dev)


def test_every_extra_of_users_is_part_of_all_and_has_its_lower_bounds():
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]

    def members(name: str) -> set[str]:
        found = {name}
        for text in extras[name]:
            requirement = Requirement(text)
            if requirement.name == "chiasm":
                found |= {inner for extra in requirement.extras for inner in members(extra)}
            else:
                assert requirement.specifier, f"{text} of [{name}] has no lower bound"
        return found

    assert members("all") == set(extras) - {"dev", "testing"}


def test_every_declared_package_has_a_pin_in_the_constraints():
    base, extra = _declared()
    pins = {line.partition("==")[0] for line in (ROOT / "constraints.txt").read_text().splitlines() if "==" in line}
    assert base | extra - {"chiasm"} <= pins
