"""Fixtures that several test folders share."""

from __future__ import annotations

import contextlib
import sys
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from chiasm import Pipeline
from chiasm_registry import Registry

sys.path[:0] = [str(Path(__file__).parent / "letters"), str(Path(__file__).parent)]

if TYPE_CHECKING:
    from fresh_environment import FreshEnvironment


@pytest.fixture(scope="session")
def registry() -> Registry:
    """The built-in plugins, and the small one in tests/letters."""
    own = EntryPoint("letters", "letters_plugin", "chiasm.plugins")
    return Registry.discover([*entry_points(group="chiasm.plugins"), own])


@pytest.fixture(scope="session")
def make_library(registry, tmp_path_factory):
    """Makes a pipeline over documents, in the embedded store or in the memory of qdrant-client."""
    with contextlib.ExitStack() as stack:

        def make(yaml, documents, store="qdrant-edge"):
            folder = tmp_path_factory.mktemp("library")
            # The journal of a store that is in no folder lies in the current one.
            with contextlib.chdir(folder):
                place = folder / "store" if store == "qdrant-edge" else Path(":memory:")
                text = f"{yaml}\nstore: {{use: {store}, params: {{path: '{place}'}}}}\n"
                pipeline = stack.enter_context(Pipeline.from_yaml(text, registry=registry))
                report = pipeline.index(documents)
                assert report.failures == ()
            return pipeline

        yield make


@pytest.fixture(scope="session")
def environment(tmp_path_factory: pytest.TempPathFactory) -> FreshEnvironment:
    """A fresh environment, for packages that are installed by pip."""
    from fresh_environment import FreshEnvironment

    return FreshEnvironment(tmp_path_factory.mktemp("environment") / "venv")
