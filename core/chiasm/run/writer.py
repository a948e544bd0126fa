"""The one thread that writes: points to the store, then what happened to the journal, in the order given."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from chiasm.contracts.engine import Failure
from chiasm.contracts.store import Point, Store
from chiasm.filters import In
from chiasm.media.document import Document
from chiasm.run.journal import Entry, Journal, State

WAITING_OPERATIONS = 256
"""Operations that may wait; a slow store then holds the run back instead of filling memory."""


@dataclass(frozen=True, slots=True)
class _Begin:
    entries: Sequence[Entry]
    replaced: Sequence[str]


@dataclass(frozen=True, slots=True)
class _Write:
    points: Sequence[Point]


@dataclass(frozen=True, slots=True)
class _Finish:
    document: str


_Operation = _Begin | _Write | Failure | _Finish | None


@dataclass(slots=True)
class _Underway:
    entry: Entry | None = None
    points: int = 0
    failures: list[Failure] = field(default_factory=list)


class StoreWriter:
    """A sink that writes in a thread of its own. Use as a context manager; leaving it waits for what was given.

    Args:
        store: Open for writing; used by this thread alone until the writer is closed.
        journal: Where documents are marked.
        root: Key of the source that the documents come from.
        on_finish: Told the state of each finished document, in the writing thread.
    """

    def __init__(self, store: Store[Any], journal: Journal, root: str, on_finish: Callable[[str, State], None]) -> None:
        self._store = store
        self._journal = journal
        self._root = root
        self._on_finish = on_finish
        self._operations: queue.Queue[_Operation] = queue.Queue(WAITING_OPERATIONS)
        self._underway: dict[str, _Underway] = {}
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._loop, name="chiasm-writer", daemon=True)

    def __enter__(self) -> StoreWriter:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._operations.put(None)
        self._thread.join()

    def begin(self, entries: Sequence[Entry], replaced: Sequence[str]) -> None:
        """Expect documents that the journal has as begun; the points of those ``replaced`` are deleted."""
        self._give(_Begin(entries, replaced))

    def write(self, points: Sequence[Point]) -> None:
        """Store points of documents that are under way."""
        self._give(_Write(points))

    def fail(self, failure: Failure) -> None:
        """Record a failure."""
        self._give(failure)

    def finish(self, document: Document) -> None:
        """Mark a document as done, or as failed, in part or whole."""
        self._give(_Finish(document.id))

    def check(self) -> None:
        """Raise what went wrong in the writing thread, if anything did.

        Raises:
            StoreError: The store or the journal could not be written.
        """
        if self._error is not None:
            raise self._error

    def _give(self, operation: _Operation) -> None:
        self.check()
        self._operations.put(operation)

    def _loop(self) -> None:
        open_ended = True
        while open_ended:
            batch = [self._operations.get()]
            while not self._operations.empty():
                batch.append(self._operations.get_nowait())
            open_ended = None not in batch
            if self._error is None:
                try:
                    self._apply(batch)
                except BaseException as error:
                    # Told to the run's own thread at its next call; later operations are dropped, since nothing
                    # that is unmarked in the journal counts as done.
                    self._error = error
        if self._error is None:
            try:
                self._close_unfinished()
            except BaseException as error:
                self._error = error

    def _apply(self, batch: Sequence[_Operation]) -> None:
        # A document's own operations come in this order, and those of different documents do not depend on each other.
        self._begin([each for each in batch if isinstance(each, _Begin)])
        self._write([point for each in batch if isinstance(each, _Write) for point in each.points])
        self._fail([each for each in batch if isinstance(each, Failure)])
        self._finish([each.document for each in batch if isinstance(each, _Finish)])

    def _begin(self, operations: Sequence[_Begin]) -> None:
        replaced = tuple(name for each in operations for name in each.replaced)
        if replaced:
            self._journal.clear_failures(each for each in replaced if each not in self._underway)
            self._store.delete(In("doc", replaced))
        for each in operations:
            for entry in each.entries:
                self._underway.setdefault(entry.id, _Underway()).entry = entry

    def _write(self, points: Sequence[Point]) -> None:
        if points:
            self._store.upsert(points)
        for point in points:
            self._underway[point.payload["doc"]].points += 1

    def _fail(self, failures: Sequence[Failure]) -> None:
        if not failures:
            return
        self._journal.clear_failures({each.document for each in failures if each.document not in self._underway})
        self._journal.put_failures(self._root, failures)
        for each in failures:
            self._underway.setdefault(each.document, _Underway()).failures.append(each)

    def _finish(self, documents: Sequence[str]) -> None:
        if not documents:
            return
        finished = []
        for document in documents:
            state = self._underway.pop(document)
            assert state.entry is not None
            finished.append(replace(state.entry, state=_outcome(state)))
        self._journal.put(finished)
        for entry in finished:
            self._on_finish(entry.id, entry.state)

    def _close_unfinished(self) -> None:
        """Mark documents that failed before they could begin, or after they had been finished."""
        late = []
        for document, state in self._underway.items():
            if state.entry is not None or not state.failures:
                continue
            known = self._journal.get([document]).get(document)
            if known is None:
                late.append(Entry(document, self._root, None, None, "", "failed", 0))
                self._on_finish(document, "failed")
            elif known.state == "done":
                late.append(replace(known, state="partial"))
        self._journal.put(late)


def _outcome(state: _Underway) -> State:
    if not state.failures:
        return "done"
    return "partial" if state.points else "failed"
