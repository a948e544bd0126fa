"""What every source of documents gives: documents one by one, and what could not become one."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from chiasm.errors import ChiasmError
from chiasm.media.document import Document


@dataclass(frozen=True, slots=True)
class SourceFailure:
    """A file, row or folder that could not be taken in, wholly or in part.

    A document of which only one file is bad comes too, with what is good of it, and has the same id.

    Attributes:
        id: Id of the document, as far as it is known; a place otherwise.
        where: File, and line or row, for messages.
        error: What was wrong.
        hidden: Beginning of the ids of the documents that may lie behind the failure besides ``id``: a folder that
            cannot be opened, or everything (``""``) for a line that cannot be read. ``None`` for no others.
    """

    id: str
    where: str
    error: ChiasmError
    hidden: str | None = None

    def hides(self, document: str) -> bool:
        """Return whether the document may still be there: what is behind a failure must not be taken for deleted."""
        return document == self.id or (self.hidden is not None and document.startswith(self.hidden))


Entry = Document | SourceFailure
"""What a source gives."""


class DocumentSource(ABC):
    """Documents from one root, in the same order each time, made one by one as they are asked for.

    Attributes:
        key: Identity of the root: an absolute path, or the name given to an iterable.
        skipped: Files that are of no type that is read, counted by suffix; grows while the source is walked through.
        notes: Things decided on the way that its owner may want to know, one sentence each.
    """

    def __init__(self, key: str) -> None:
        self.key = key
        self.skipped: Counter[str] = Counter()
        self.notes: list[str] = []

    @abstractmethod
    def __iter__(self) -> Iterator[Entry]:
        """Yield documents and failures, in memory that does not grow with their number.

        Raises:
            SourceError: The source has gone since it was opened, or can be walked through only once and was.
        """

    @abstractmethod
    def count_hint(self) -> int | None:
        """Return about how many documents there are, where that is quickly told."""

    def note(self, sentence: str) -> None:
        """Add to ``notes`` what is not there yet."""
        if sentence not in self.notes:
            self.notes.append(sentence)
