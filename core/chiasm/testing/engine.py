"""The contract of engines: a small plan, run over documents good and bad."""

from __future__ import annotations

import tempfile
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from importlib.metadata import EntryPoint, entry_points
from typing import Any, ClassVar

import numpy as np

from chiasm.config.model import Step, encode, fuse, translate, use
from chiasm.contracts import Engine, Failure, Point
from chiasm.errors import ModelUnavailable, SourceError
from chiasm.media.document import Document
from chiasm.media.item import Item
from chiasm.pipeline import Pipeline
from chiasm.plan.model import Plan
from chiasm.testing.component import ComponentContract, nothing_printed
from chiasm.testing.contract import ContractBroken, expect
from chiasm.testing.samples.letters import BREAKS, CRASHES, MISSHAPEN, REFUSED, letters
from chiasm.testing.watching import threads_started
from chiasm_registry import Registry

_MANY, _LONG = 2_000, 500_000


@dataclass
class Recorder:
    """A sink that keeps what it is given, in order.

    Attributes:
        events: ``("write", point)``, ``("fail", failure)`` and ``("finish", document id)``.
        threads: Threads that these came from.
        on_write: Called at each write.
    """

    events: list[tuple[str, Any]] = field(default_factory=list)
    threads: set[int] = field(default_factory=set)
    on_write: Callable[[], None] = lambda: None

    def write(self, points: Sequence[Point]) -> None:
        """Keep points."""
        self.on_write()
        self._note(*(("write", point) for point in points))

    def fail(self, failure: Failure) -> None:
        """Keep a failure."""
        self._note(("fail", failure))

    def finish(self, document: Document) -> None:
        """Keep a document's end."""
        self._note(("finish", document.id))

    def stage(self, name: str, count: int, seconds: float, errors: int) -> None:
        """Timings are told from any thread, and are not looked at."""

    def all(self, kind: str) -> list[Any]:
        """Return what came of one kind."""
        return [value for each, value in self.events if each == kind]

    def _note(self, *events: tuple[str, Any]) -> None:
        self.threads.add(threading.get_ident())
        self.events.extend(events)


class _Counting(Recorder):
    """Counts what is finished, and keeps nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.finished = 0

    def write(self, points: Sequence[Point]) -> None:
        """Forget points."""

    def finish(self, document: Document) -> None:
        """Count a document."""
        self.finished += 1


class EngineContract(ComponentContract):
    """Tests of an engine. It runs a plan of a translator, two encodings and a fusion.

    Attributes:
        ahead_bytes: Bytes of documents that may be under way at once, at most.
    """

    ahead_bytes: ClassVar[int] = 400_000_000

    def test_every_document_is_finished_once(self, component: Engine[Any]) -> None:
        """Also one without fields, and one whose fields the plan does not know."""
        documents = [*_documents(40), Document("empty", {}), Document("other", {"no-such-field": [Item.of_text("x")]})]
        seen = _run(component, _plan(), documents)
        counts = Counter(seen.all("finish"))
        expect(
            counts == Counter(each.id for each in documents), f"finished: {counts.most_common(3)} of {len(documents)}"
        )

    def test_points_are_written_before_their_document_is_finished(self, component: Engine[Any]) -> None:
        """A finished document is never looked at again; what was not written by then is lost."""
        finished: set[str] = set()
        for kind, value in _run(component, _plan(), _documents(60)).events:
            if kind == "finish":
                finished.add(value)
            elif kind == "write":
                expect(value.payload["doc"] not in finished, f"{value.payload['doc']} is written after it was finished")

    def test_points_are_what_the_components_give(self, component: Engine[Any]) -> None:
        """Every field, every line, every fused vector; each point once."""
        seen = _run(component, _plan(), _documents(30))
        points = seen.all("write")
        twice = [id_ for id_, count in Counter(point.id for point in points).items() if count > 1]
        expect(not twice, f"{len(twice)} points are written twice")
        for document in _documents(30):
            own = [point for point in points if point.payload["doc"] == document.id]
            texts = {field: _texts(document, field) for field in ("text", "line")}
            for name, due in texts.items():
                vectors = [point.vectors["kit-letters"] for point in own if point.payload["field"] == name]
                same = len(vectors) == len(due) and all(
                    any(np.allclose(vector, letters(text), atol=1e-4) for vector in vectors) for text in due
                )
                expect(same, f"the field {name!r} of {document.id} has {len(vectors)} vectors, not those of its texts")
            joint = [point for point in own if point.payload["field"] == "joint"]
            expect(len(joint) == 1, f"{document.id} has {len(joint)} fused points, not one")

    def test_failures_are_recorded_and_the_run_goes_on(self, component: Engine[Any]) -> None:
        """Of an encoder that refuses, crashes or gives a wrong shape, and of a translator; with stage and component."""
        documents = _documents(20)
        for at, word in enumerate(_FAULTS):
            documents.insert(at * 4, _document(f"bad-{word}", f"some text\n{word} here"))
        seen = _run(component, _plan(), documents)
        expect(set(seen.all("finish")) == {each.id for each in documents}, "not every document is finished")
        failures: dict[str, list[Failure]] = {}
        for failure in seen.all("fail"):
            failures.setdefault(failure.document, []).append(failure)
        for word, stage in _FAULTS.items():
            found = failures.pop(f"bad-{word}", [])
            expect(found, f"a document with {word} fails silently")
            stages = {each.stage for each in found}
            expect(stage in stages, f"a document with {word} fails in {stages}, not in {stage!r}")
            named = any("kit-" in each.message or "kit-" in each.where for each in found)
            expect(named or stage == "read" or word == REFUSED, f"no failure names the component: {found[0].message}")
        expect(not failures, f"good documents are recorded as failed: {sorted(failures)[:3]}")

    def test_no_documents_are_no_work(self, component: Engine[Any]) -> None:
        """An empty source."""
        expect(_run(component, _plan(), []).events == [], "something comes out of no documents")

    def test_documents_are_taken_as_they_are_needed(self, component: Engine[Any]) -> None:
        """Memory stays bounded however many pass."""
        sink, under_way = _Counting(), [0]

        def stream() -> Iterator[Document]:
            for taken in range(1, _MANY + 1):
                under_way[0] = max(under_way[0], (taken - sink.finished) * _LONG)
                yield _document(f"doc-{taken}", chr(97 + taken % 26) * _LONG)

        component.run(_plan(), stream(), sink)
        expect(sink.finished == _MANY, f"{sink.finished} of {_MANY} documents are finished")
        expect(
            under_way[0] <= self.ahead_bytes,
            f"documents of {under_way[0]:,} bytes were under way at once; {self.ahead_bytes:,} are allowed",
        )

    def test_results_come_from_one_thread(self, component: Engine[Any]) -> None:
        """The store behind the sink is used from one at a time."""
        threads = _run(component, _plan(), _documents(50)).threads
        expect(len(threads) == 1, f"write, fail and finish are called from {len(threads)} threads")

    def test_an_error_of_the_source_ends_the_run(self, component: Engine[Any]) -> None:
        """It comes out as it is, and no thread stays."""

        def broken() -> Iterator[Document]:
            yield from _documents(5)
            raise SourceError("the manifest ends here", where="line 6")

        self._ends_with(component, SourceError, broken())

    def test_ctrl_c_ends_the_run(self, component: Engine[Any]) -> None:
        """Threads are stopped; what was not finished stays unfinished."""

        def stop() -> None:
            raise KeyboardInterrupt

        self._ends_with(component, KeyboardInterrupt, iter(_documents(3000)), Recorder(on_write=stop))

    def test_an_error_of_the_store_ends_the_run(self, component: Engine[Any]) -> None:
        """What cannot be written must not count as done."""

        def full() -> None:
            raise OSError("no space left on device")

        self._ends_with(component, OSError, iter(_documents(3000)), Recorder(on_write=full))

    def test_a_model_that_is_not_there_ends_the_run(self, component: Engine[Any]) -> None:
        """With ModelUnavailable: every document would fail alike."""
        self._ends_with(component, ModelUnavailable, iter(_documents(5)), plan=_plan("kit-unavailable"))

    def test_it_can_be_run_again(self, component: Engine[Any]) -> None:
        """Also after a run that ended with an error."""
        self._ends_with(component, ModelUnavailable, iter(_documents(5)), plan=_plan("kit-unavailable"))
        for _ in range(2):
            expect(len(_run(component, _plan(), _documents(5)).all("finish")) == 5, "a second run does not finish")

    def test_running_prints_nothing_and_leaves_no_threads(self, component: Engine[Any]) -> None:
        """Standard output holds results."""
        with threads_started() as threads, nothing_printed():
            _run(component, _plan(), _documents(20))
        expect(not threads, f"threads stay after a run: {threads}")

    def _ends_with(
        self,
        component: Engine[Any],
        kind: type[BaseException],
        documents: Iterator[Document],
        sink: Recorder | None = None,
        plan: Plan | None = None,
    ) -> None:
        with threads_started() as threads:
            try:
                component.run(plan or _plan(), documents, sink or Recorder())
            except kind:
                pass
            except BaseException as error:
                raise ContractBroken(f"{kind.__name__} comes out as {type(error).__name__}: {error}") from error
            else:
                raise ContractBroken(f"{kind.__name__} does not end the run")
        expect(not threads, f"threads stay after {kind.__name__}: {threads}")


_FAULTS = {REFUSED: "encode", CRASHES: "read", MISSHAPEN: "encode", BREAKS: "translate"}


def _run(component: Engine[Any], plan: Plan, documents: Sequence[Document]) -> Recorder:
    sink = Recorder()
    component.run(plan, iter(documents), sink)
    return sink


def _plan(encoder: str = "kit-letters") -> Plan:
    own = EntryPoint("kit", "chiasm.testing.samples.letters", "chiasm.plugins")
    registry = Registry.discover([*entry_points(group="chiasm.plugins"), own])
    steps: list[Step] = [
        translate("text -> line", with_=use("kit-lines")),
        encode(["text", "line"], with_=encoder),
        fuse(["text", "line"], with_=use("weighted-mean")),
    ]
    with tempfile.TemporaryDirectory() as folder:
        return Pipeline(steps, components={encoder: use(encoder)}, store=folder, registry=registry).plan()


def _documents(count: int) -> list[Document]:
    return list(_many(count))


def _many(count: int) -> Iterator[Document]:
    for at in range(count):
        lines = [f"line {chr(97 + (at * step) % 26) * (step + 1)}" for step in range(1, 2 + at % 3)]
        yield _document(f"doc-{at}", "\n".join(lines))


def _document(id_: str, text: str) -> Document:
    return Document(id_, {"text": [Item.of_text(text)]})


def _texts(document: Document, name: str) -> list[str]:
    whole = document.fields["text"][0].text()
    return [whole] if name == "text" else whole.splitlines()
