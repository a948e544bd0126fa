"""The built-in plugins keep the contract of plugins, and none of their components is left untested."""

from __future__ import annotations

import tomllib
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from chiasm.testing import PluginContract
from chiasm.testing.kinds import contract_of
from chiasm_registry import Registry

ROOT = Path(__file__).parents[2]
DECLARED = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["entry-points"]["chiasm.plugins"]


def built_in() -> Registry:
    return Registry.discover([EntryPoint(name, module, "chiasm.plugins") for name, module in DECLARED.items()])


class TestBuiltInPlugins(PluginContract):
    @pytest.fixture(params=DECLARED)
    def component(self, request):
        return request.param

    def registry(self):
        return built_in()


@pytest.mark.parametrize("component", built_in().components(), ids=lambda each: f"{each.kind}-{each.name}")
def test_every_built_in_component_has_its_contract_tested(component):
    _, contract = contract_of(component.spec)
    name = component.spec.target.partition(":")[2]
    files = [*(ROOT / "tests" / "contracts").glob("test_*.py"), *(ROOT / "tests" / "plugins").rglob("test_contract.py")]
    tested = [path for path in files if f"{name}(" in (text := path.read_text()) and contract.__name__ in text]

    assert tested, f"no class derives from {contract.__name__} and makes a {name}"
