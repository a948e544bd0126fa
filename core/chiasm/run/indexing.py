"""One indexing run: what is new or changed goes through the engine, what is gone is deleted, and all of it is told."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any, Literal

from chiasm.contracts.engine import Engine, Failure
from chiasm.contracts.store import Point, Store
from chiasm.documents import DocumentSource, SourceFailure, content_digest
from chiasm.documents.source import Entry as SourceEntry
from chiasm.errors import ChiasmError
from chiasm.filters import In
from chiasm.media.document import Document
from chiasm.plan.model import Plan
from chiasm.run.journal import Entry, Journal, State
from chiasm.run.report import Progress, RunReport, StageTime
from chiasm.run.writer import StoreWriter

Which = Literal["changed", "all", "failed"]
"""Documents to index: new and changed ones, every one, or those that failed before."""

KEPT_FAILURES = 100
DELETED_AT_ONCE = 500
MET_AT_ONCE = 500
BEGUN_AT_ONCE = 64
GATHERING_SECONDS = 0.02


class IndexRun:
    """Runs one source through a plan.

    Args:
        plan: The plan.
        store: Open for writing.
        journal: Beside the store.
        source: Where documents come from.
        on_event: Told how far the run has come, from several threads.
        which: Documents to index.
        checksum: Whether to compare content even where size and time of a file are unchanged.
    """

    def __init__(
        self,
        plan: Plan,
        store: Store[Any],
        journal: Journal,
        source: DocumentSource,
        *,
        on_event: Callable[[Progress], None] | None = None,
        which: Which = "changed",
        checksum: bool = False,
    ) -> None:
        self._plan = plan
        self._fingerprint = plan.fingerprint
        self._store = store
        self._journal = journal
        self._source = source
        self._on_event = on_event or (lambda _: None)
        self._which = which
        self._checksum = checksum
        self._started = time.perf_counter()
        self._run = journal.start_run()
        self._total = source.count_hint()
        self._states: dict[State, int] = {"done": 0, "partial": 0, "failed": 0}
        self._unchanged = 0
        self._points = 0
        self._failures: list[Failure] = []
        self._stages: dict[str, StageTime] = {}
        self._met: dict[str, Entry] = {}
        self._hiding: list[SourceFailure] = []
        before = journal.failures(source.key) if which == "failed" else []
        self._retried = {each.document for each in before}
        self._unread_before = any(each.stage == "source" for each in before)

    def run(self, engine: Engine[Any], *, sync: bool = False) -> RunReport:
        """Index, and with ``sync`` delete what the source no longer has.

        Raises:
            StoreError: The store or journal cannot be written; what was finished before is kept.
            ModelUnavailable: A model cannot be loaded.
            SourceError: The source itself cannot be read.
        """
        interrupted = False
        with StoreWriter(self._store, self._journal, self._source.key, self._finished) as writer:
            self._writer = writer
            try:
                engine.run(self._plan, self._documents(), self)
            except KeyboardInterrupt:
                interrupted = True
        self._writer.check()
        self._store.flush()
        deleted = self._delete_unmet() if sync and not interrupted else 0
        return self._report(deleted, interrupted)

    # What the engine calls: this is its sink.

    def write(self, points: Sequence[Point]) -> None:
        """See ``Sink.write``."""
        self._points += len(points)
        self._writer.write(points)

    def fail(self, failure: Failure) -> None:
        """See ``Sink.fail``."""
        if len(self._failures) < KEPT_FAILURES:
            self._failures.append(failure)
        self._writer.fail(failure)

    def finish(self, document: Document) -> None:
        """See ``Sink.finish``."""
        self._writer.finish(document)

    def stage(self, name: str, count: int, seconds: float, errors: int) -> None:
        """See ``Sink.stage``; loading is told from reading threads."""
        so_far = self._stages.get(name, StageTime())
        self._stages[name] = StageTime(so_far.count + count, so_far.seconds + seconds, so_far.errors + errors)

    def _documents(self) -> Iterator[Document]:
        self._journal.forget_unread(self._source.key)
        for group in _groups(self._source):
            self._writer.check()
            yield from self._begin(group)
        self._keep_met()

    def _begin(self, group: Sequence[SourceEntry]) -> list[Document]:
        """Return the documents of a group that are to be indexed; the journal then has them as begun."""
        known = self._journal.get([entry.id for entry in group if isinstance(entry, Document)])
        begun: dict[str, Entry] = {}
        documents = []
        for entry in group:
            if isinstance(entry, SourceFailure):
                self._hiding.append(entry)
                self.fail(Failure(entry.id, "", entry.where, "source", entry.error.code, str(entry.error)))
            elif entry.id in begun:
                self._refuse_double(entry)
            elif fresh := self._to_begin(entry, known.get(entry.id)):
                begun[entry.id] = fresh
                documents.append(entry)
        if begun:
            self._journal.put(begun.values())
            self._writer.begin([*begun.values()], [each for each in begun if each in known])
        return documents

    def _to_begin(self, document: Document, known: Entry | None) -> Entry | None:
        """Return the entry of a document that is to be indexed; ``None`` where it is not."""
        if self._which == "failed" and not self._is_retried(document.id, known):
            return None
        if document.id in self._met or (known is not None and known.run == self._run):
            self._refuse_double(document)
            return None
        digest = None
        if known is not None and self._which == "changed" and _is_settled(known, self._fingerprint):
            if known.stamp is not None and known.stamp == document.stamp and not self._checksum:
                self._skip(known)
                return None
            digest = _digest(document)
            if digest is not None and digest == known.digest:
                self._skip(replace(known, stamp=document.stamp))
                return None
        digest = digest or _digest(document)
        return Entry(document.id, self._source.key, document.stamp, digest, self._fingerprint, "begun", self._run)

    def _refuse_double(self, document: Document) -> None:
        problem = "the source has another document with this id, which was kept; this one was not indexed"
        self.fail(Failure(document.id, "", document.title, "source", "source", problem))

    def _is_retried(self, document: str, known: Entry | None) -> bool:
        if known is None:
            # A line that could not be read has no document's id; mended, it brings one that nobody knew.
            return document in self._retried or self._unread_before
        return document in self._retried or known.state == "begun"

    def _skip(self, known: Entry) -> None:
        self._met[known.id] = replace(known, run=self._run)
        if len(self._met) >= MET_AT_ONCE:
            self._keep_met()
        self._unchanged += 1
        self.tell()

    def _keep_met(self) -> None:
        self._journal.put(self._met.values())
        self._met.clear()

    def _finished(self, _: str, state: State) -> None:
        self._states[state] += 1
        self.tell()

    def _delete_unmet(self) -> int:
        unmet = self._journal.unmet(self._source.key, self._run)
        gone = [each for each in unmet if not any(failure.hides(each) for failure in self._hiding)]
        for at in range(0, len(gone), DELETED_AT_ONCE):
            batch = gone[at : at + DELETED_AT_ONCE]
            self._store.delete(In("doc", tuple(batch)))
            self._journal.forget(batch)
        return len(gone)

    def tell(self, doing: str = "") -> None:
        """Tell how far the run has come, and what is under way besides."""
        indexed = self._states["done"] + self._states["partial"]
        failed = self._states["failed"] + self._states["partial"]
        finished = indexed + self._states["failed"] + self._unchanged
        seconds = time.perf_counter() - self._started
        self._on_event(Progress(finished, self._total, indexed, self._unchanged, failed, seconds, doing))

    def _report(self, deleted: int, interrupted: bool) -> RunReport:
        return RunReport(
            indexed=self._states["done"],
            partial=self._states["partial"],
            failed=self._states["failed"],
            unchanged=self._unchanged,
            deleted=deleted,
            points=self._points,
            seconds=time.perf_counter() - self._started,
            failures=tuple(self._failures),
            skipped=dict(self._source.skipped),
            stages=dict(self._stages),
            interrupted=interrupted,
        )


def _groups(source: Iterable[SourceEntry]) -> Iterator[list[SourceEntry]]:
    """Yield what a source gives in groups, as many as it gives at once: the journal costs as much for one as for many.

    An entry waits for the next one at most, so documents that come slowly are not held back for a full group.
    """
    group: list[SourceEntry] = []
    started = time.perf_counter()
    broken: Exception | None = None
    entries = iter(source)
    while True:
        try:
            group.append(next(entries))
        except StopIteration:
            break
        except Exception as error:
            broken = error
            break
        if len(group) >= BEGUN_AT_ONCE or time.perf_counter() - started >= GATHERING_SECONDS:
            yield group
            group, started = [], time.perf_counter()
    if group:
        yield group
    if broken is not None:
        raise broken


def _is_settled(known: Entry, fingerprint: str) -> bool:
    """Whether a document was brought to an end by this very plan; failures wait for ``retry`` or a change."""
    return known.state != "begun" and known.plan == fingerprint


def _digest(document: Document) -> str | None:
    """Return the content's digest; ``None`` where a file cannot be read, which reading it will tell."""
    try:
        return content_digest(document)
    except ChiasmError:
        return None
