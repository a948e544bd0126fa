"""Tables of rows in files: what the readers of JSONL, CSV and Parquet have in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from chiasm.errors import ChiasmError, SourceError
from chiasm.media.source import printable_path

PEEKED_ROWS = 1000
"""Rows looked at before the first is given, to learn columns and kinds of values where the file does not say."""

_SAMPLED_BYTES = 1024**2

Line = tuple[int, Mapping[str, Any] | ChiasmError]
"""Number of a line or row, from 1, and its values by column or what is wrong with it."""


class Table(ABC):
    """Rows of one file.

    Attributes:
        path: The file.
        columns: Names of columns, in order.
        complete: Whether every row has these columns and no others.
        unit: What a number counts: ``"line"`` or ``"row"``.
        notes: Things decided on the way, one sentence each.
    """

    unit = "line"
    complete = True

    def __init__(self, path: Path) -> None:
        self.path = path
        self.columns: Sequence[str] = ()
        self.notes: list[str] = []

    @property
    def where(self) -> str:
        """The file, for messages."""
        return printable_path(self.path)

    @abstractmethod
    def rows(self, columns: Sequence[str]) -> Iterator[Line]:
        """Yield every row; those of ``columns`` at least.

        Raises:
            SourceError: The file cannot be read any further.
        """

    def count_hint(self) -> int | None:
        """Return about how many rows there are, from the length of the first lines."""
        try:
            size = self.path.stat().st_size
            with self.path.open("rb") as stream:
                sample = stream.read(_SAMPLED_BYTES)
        except OSError:
            return None
        lines = sample.count(b"\n") or 1
        return lines if len(sample) == size else round(lines * size / len(sample))


def unreadable(table: Table, error: OSError) -> SourceError:
    """Return the error for a file that the system does not let be read."""
    return SourceError(f"the file cannot be read ({error.strerror or error})", where=table.where)
