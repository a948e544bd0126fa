"""Python iterables as documents: documents, mappings, items and paths, mixed as they come."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sized
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, cast, runtime_checkable

from chiasm.documents.config import DocumentsConfig
from chiasm.documents.digest import row_digest
from chiasm.documents.rows import RowReader
from chiasm.documents.source import DocumentSource, Entry, SourceFailure
from chiasm.errors import ChiasmError, SourceError
from chiasm.media.document import Document
from chiasm.media.item import Item
from chiasm.media.loaders import Loaders

if TYPE_CHECKING:
    from collections.abc import Callable

Entries = Iterable[Document | Item | Mapping[str, Any] | os.PathLike[str]]
"""What documents are made of in Python."""


@runtime_checkable
class _Frame(Protocol):
    """A pandas DataFrame, known by what is used of it."""

    @property
    def columns(self) -> Iterable[Any]: ...

    def itertuples(self, index: bool, name: None) -> Iterable[tuple[Any, ...]]: ...


class IterableSource(DocumentSource):
    """The documents that a Python iterable gives.

    A ``Document`` is taken as it is. A mapping is read like a row of a manifest, whose values may be in memory: text as
    ``str``, a picture as an array, sound as ``(samples, rate)``, a file as ``Path``. An item is a document of its own.
    A path stands for the documents that it holds when it is opened by itself. A DataFrame gives its rows.

    Args:
        entries: The iterable.
        config: Which keys are fields, id and metadata.
        loaders: Find the types of files.
        name: Identity of the iterable, so that a later run knows which documents came from it.
        opener: Opens a path.
    """

    def __init__(
        self,
        entries: Entries,
        config: DocumentsConfig,
        loaders: Loaders,
        name: str,
        opener: Callable[[Path], DocumentSource],
    ) -> None:
        super().__init__(name)
        self._entries = entries
        self._rows = RowReader(config, loaders, Path.cwd())
        self._opener = opener
        self._spent = False

    def __iter__(self) -> Iterator[Entry]:
        """Yield documents and failures in the iterable's own order; what the iterable raises is not caught."""
        if self._spent:
            raise SourceError(
                "the iterator was walked through already",
                where=self.key,
                fix="Give something that can be walked through again: a list, or an object with __iter__.",
            )
        self._spent = isinstance(self._entries, Iterator)
        self.skipped.clear()
        entries = _records(self._entries) if isinstance(self._entries, _Frame) else self._entries
        for number, entry in enumerate(entries, 1):
            where, place = f"{self.key}, entry {number}", f"{self.key}#{number}"
            try:
                yield from self._taken(entry, where, place)
            except ChiasmError as error:
                yield SourceFailure(place, where, error, hidden="")

    def count_hint(self) -> int | None:
        """Return the length, where the iterable has one."""
        return len(self._entries) if isinstance(self._entries, Sized) else None

    def _taken(self, entry: object, where: str, place: str) -> Iterator[Entry]:
        match entry:
            case Document():
                yield entry
            case Mapping():
                yield from self._rows.entries(cast("Mapping[str, Any]", entry), where, place, stamped=False)
            case Item():
                yield Document(row_digest({"item": entry}), {entry.modality: [entry]}, title=entry.name)
            case os.PathLike():
                source = self._opener(Path(os.fspath(entry)))
                yield from source
                self.skipped.update(source.skipped)
                for sentence in source.notes:
                    self.note(sentence)
            case str():
                raise SourceError(
                    "a bare str could be a text or a path",
                    where=where,
                    fix="Give {'text': ...} for a text, or a pathlib.Path for a file.",
                )
            case _:
                raise SourceError(
                    f"a {type(entry).__name__} is no document",
                    where=where,
                    fix="Give documents, mappings of field to value, items or pathlib.Path objects.",
                )


def _records(frame: _Frame) -> Iterator[dict[str, Any]]:
    names = [str(name) for name in frame.columns]
    for row in frame.itertuples(index=False, name=None):
        yield dict(zip(names, row, strict=True))
