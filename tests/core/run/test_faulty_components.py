"""A component of a plugin that misbehaves in a run: recorded for each document, named, and the rest goes on."""

from __future__ import annotations

import re
import sys
import threading
from importlib.metadata import EntryPoint, entry_points
from types import ModuleType

import numpy as np
import pytest

from chiasm import Document, Item, Pipeline
from chiasm.contracts import Encoder, NoParams, Prepared, Translator
from chiasm.errors import EncodingError, ModelUnavailable
from chiasm.space import EmbeddingSpace
from chiasm_registry import ComponentSpec, Registry, hookimpl


class Good(Encoder[NoParams]):
    consumes = frozenset({"text"})
    space = EmbeddingSpace("acme", 4)

    def prepare(self, item, role="document"):
        return Prepared(item.text())

    def encode_prepared(self, prepared):
        return np.ones((len(prepared), 4), np.float32) / 2


def only_bad(self, prepared):
    return any("bad" in each.value for each in prepared)


def misbehaving(behave):
    """An encoder that does ``behave`` where a text has the word 'bad'."""

    class Misbehaving(Good):
        def encode_prepared(self, prepared):
            return behave(prepared) if only_bad(self, prepared) else super().encode_prepared(prepared)

    return Misbehaving


def leave(prepared):
    sys.exit("goodbye")


def crash(prepared):
    raise RuntimeError("CUDA error: device-side assert triggered")


BEHAVIOURS = {
    "raises": (crash, "mine: RuntimeError: CUDA error"),
    "exits": (leave, "mine: SystemExit: goodbye"),
    "wrong-dimension": (lambda prepared: np.ones((len(prepared), 3), np.float32), r"mine: vectors have shape \[1, 3\]"),
    "too-few": (lambda prepared: np.ones((0, 4), np.float32), "mine: 1 items gave 0 vectors"),
    "float64": (lambda prepared: np.ones((len(prepared), 4)), "mine: vectors are float64"),
    "nan": (lambda prepared: np.full((len(prepared), 4), np.nan, np.float32), "mine: .* not finite"),
    "none": (lambda prepared: None, "mine: TypeError"),
    "text": (lambda prepared: "vectors", "mine: "),
}


@pytest.fixture
def library(tmp_path, monkeypatch):
    """Makes a pipeline whose step 'mine' is the given class."""

    def make(cls, kind="encoder", steps="  - encode: text\n    with: mine\n"):
        module = ModuleType("acme_misbehaving")
        spec = ComponentSpec(kind, "acme", "acme_misbehaving:Component", "Acme", None, ("text",), ("dense",))
        module.Component = cls
        module.chiasm_components = hookimpl(lambda: [spec])
        module.chiasm_components.__name__ = "chiasm_components"
        monkeypatch.setitem(sys.modules, "acme_misbehaving", module)
        own = EntryPoint("acme", "acme_misbehaving", "chiasm.plugins")
        registry = Registry.discover([*entry_points(group="chiasm.plugins"), own])
        yaml = f"chiasm: 1\ncomponents:\n  mine: {{use: acme}}\nindex:\n{steps}"
        return Pipeline.from_yaml(yaml, store=tmp_path / "store", registry=registry)

    return make


def documents(*texts):
    return [Document(text, {"text": [Item.of_text(text)]}) for text in texts]


@pytest.mark.parametrize("behaviour", BEHAVIOURS)
def test_what_an_encoder_does_wrong_is_recorded_and_the_others_are_indexed(library, behaviour):
    behave, said = BEHAVIOURS[behaviour]
    with library(misbehaving(behave)) as pipeline:
        report = pipeline.index(documents("one", "two bad", "three", "four"))

    assert (report.indexed, report.failed) == (3, 1)
    ((failure,),) = [report.failures]
    assert (failure.document, failure.stage) == ("two bad", "encode")
    assert re.search(said, failure.message), failure.message


def test_what_prepare_raises_is_recorded_with_the_component(library):
    class Preparing(Good):
        def prepare(self, item, role="document"):
            if "bad" in item.text():
                sys.exit(3)
            return super().prepare(item)

    with library(Preparing) as pipeline:
        report = pipeline.index(documents("one", "two bad", "three"))

    assert [(each.document, each.message) for each in report.failures] == [("two bad", "mine: SystemExit: 3")]
    assert report.indexed == 2


def test_a_translator_that_gives_what_is_no_item_is_recorded(library):
    class Translating(Translator[NoParams]):
        sources, target = frozenset({"text"}), "text"

        def stream(self, item):
            yield "just a string" if "bad" in item.text() else Item.of_text(item.text())

    steps = "  - translate: text -> line\n    with: mine\n  - encode: line\n    with: {use: bm25}\n"
    with library(Translating, "translator", steps) as pipeline:
        report = pipeline.index(documents("one", "two bad"))

    ((failure,),) = [report.failures]
    assert failure.document == "two bad"
    assert "mine" in failure.message
    assert report.indexed == 1


def test_an_encoder_that_cannot_be_loaded_ends_the_run_at_once(library):
    class Unloadable(Good):
        def load(self):
            raise KeyError("weights")

    with (
        library(Unloadable) as pipeline,
        pytest.raises(ModelUnavailable, match=r"cannot be loaded \(KeyErr"),
    ):
        pipeline.index(documents("one", "two"))


def test_a_query_that_crashes_an_encoder_is_an_error_that_names_it(library):
    with library(misbehaving(crash)) as pipeline:
        pipeline.index(documents("one"))
        with pytest.raises(EncodingError, match="mine: the query cannot be encoded"):
            pipeline.search("bad")
        assert pipeline.search("good")


def test_a_thread_that_an_encoder_leaves_does_not_keep_a_run_from_ending(library):
    stop = threading.Event()

    class Leaving(Good):
        def encode_prepared(self, prepared):
            threading.Thread(target=stop.wait, daemon=True).start()
            return super().encode_prepared(prepared)

    with library(Leaving) as pipeline:
        assert pipeline.index(documents("one", "two")).indexed == 2
    stop.set()
