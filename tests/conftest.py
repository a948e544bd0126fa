"""Fixtures that several test folders share."""

import sys
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path

import pytest

from chiasm_registry import Registry

sys.path.insert(0, str(Path(__file__).parent / "letters"))


@pytest.fixture(scope="session")
def registry() -> Registry:
    """The built-in plugins, and the small one in tests/letters."""
    own = EntryPoint("letters", "letters_plugin", "chiasm.plugins")
    return Registry.discover([*entry_points(group="chiasm.plugins"), own])
