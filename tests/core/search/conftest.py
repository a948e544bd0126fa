"""Small libraries of letters and colours, in each of the stores."""

import contextlib
from pathlib import Path

import pytest

from chiasm import Pipeline


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
