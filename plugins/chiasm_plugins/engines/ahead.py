"""Reading ahead: threads that read and prepare documents while the models compute, within a bound on memory."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from queue import SimpleQueue

from chiasm.contracts import Failure
from chiasm.media import Document
from chiasm.run.parts import Part
from chiasm.run.reading import ItemReader


@dataclass(frozen=True, slots=True)
class Begun:
    """A document's first parts follow."""

    document: Document


@dataclass(frozen=True, slots=True)
class WhollyRead:
    """Every part of a document has been given."""

    document: Document


Event = Begun | Part | Failure | WhollyRead


TAKEN_BYTES = 1024**2
"""Entries are taken together as long as they hold no more than this, which spares locking for light ones."""


class _Stopped(Exception):
    """The consumer is gone."""


class _BoundedQueue:
    """A queue bounded by the bytes of its entries; one that alone is over the bound passes when the queue is empty."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._bytes = 0
        self._entries: deque[tuple[Event | BaseException | None, int]] = deque()
        self._changed = threading.Condition()
        self._stopped = False

    def put(self, entry: Event | BaseException | None, nbytes: int = 256) -> None:
        with self._changed:
            while self._entries and self._bytes + nbytes > self._max_bytes and not self._stopped:
                self._changed.wait()
            if self._stopped:
                raise _Stopped
            self._entries.append((entry, nbytes))
            self._bytes += nbytes
            self._changed.notify_all()

    def get(self) -> list[Event | BaseException | None]:
        """Return what waits, as many entries as are light together, at least one."""
        taken: list[Event | BaseException | None] = []
        light = TAKEN_BYTES
        with self._changed:
            while not self._entries:
                # A bounded wait lets the main thread notice Ctrl-C on every platform.
                self._changed.wait(0.5)
            while self._entries and (not taken or self._entries[0][1] <= light):
                entry, nbytes = self._entries.popleft()
                taken.append(entry)
                light -= nbytes
                self._bytes -= nbytes
            self._changed.notify_all()
        return taken

    def check(self) -> None:
        """Raise ``_Stopped`` where nobody takes entries any more."""
        if self._stopped:
            raise _Stopped

    def stop(self) -> None:
        with self._changed:
            self._stopped = True
            self._entries.clear()
            self._bytes = 0
            self._changed.notify_all()


class ReadAhead:
    """Iterates over what reading threads prepare. Use as a context manager; leaving it stops the threads.

    Args:
        documents: Walked in a thread of its own.
        reader: Prepares items.
        threads: Number of reading threads.
        max_bytes: Prepared media that may wait, in bytes.
    """

    def __init__(self, documents: Iterator[Document], reader: ItemReader, threads: int, max_bytes: int) -> None:
        self._documents = documents
        self._reader = reader
        self._queue = _BoundedQueue(max_bytes)
        self._broken: BaseException | None = None
        self._unread: SimpleQueue[Document | None] = SimpleQueue()
        # Documents handed out and not read yet; more would only wait.
        self._slots = threading.Semaphore(threads * 8)
        self._readers = [
            threading.Thread(target=self._read, name=f"chiasm-reader-{number}", daemon=True)
            for number in range(threads)
        ]
        self._feeder = threading.Thread(target=self._feed, name="chiasm-feeder", daemon=True)

    def __enter__(self) -> ReadAhead:
        for thread in (*self._readers, self._feeder):
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._queue.stop()
        self._slots.release()
        for thread in (self._feeder, *self._readers):
            thread.join()

    def check(self) -> None:
        """Raise what broke the source, after everything was taken that it gave before."""
        if self._broken is not None:
            raise self._broken

    def __iter__(self) -> Iterator[Event]:
        while True:
            for event in self._queue.get():
                if event is None:
                    return
                if isinstance(event, BaseException):
                    raise event
                yield event

    def _feed(self) -> None:
        try:
            for document in self._documents:
                self._slots.acquire()
                self._queue.put(Begun(document))
                self._unread.put(document)
        except _Stopped:
            pass
        except BaseException as error:
            self._broken = error
        for _ in self._readers:
            self._unread.put(None)
        for reader in self._readers:
            reader.join()
        self._report(None)

    def _read(self) -> None:
        while (document := self._unread.get()) is not None:
            try:
                self._queue.check()
                for event in self._reader.read_document(document):
                    self._queue.put(event, event.nbytes if isinstance(event, Part) else 256)
                self._queue.put(WhollyRead(document))
            except _Stopped:
                pass
            except BaseException as error:
                self._report(error)
            finally:
                self._slots.release()

    def _report(self, error: BaseException | None) -> None:
        try:
            self._queue.put(error)
        except _Stopped:
            return
