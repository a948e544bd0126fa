"""Parquet files, read in batches."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from chiasm.documents.table import Line, Table
from chiasm.errors import SourceError

if TYPE_CHECKING:
    from pyarrow import DataType
    from pyarrow.parquet import ParquetFile

_BATCH_ROWS = 256
"""Rows held at once: few, since a row may hold pictures."""


class Parquet(Table):
    """A Parquet file. Columns of bytes that are not asked for are passed over, with a note.

    Args:
        path: The file.
        asked: Columns that become fields or ids.

    Raises:
        SourceError: pyarrow is missing, or the file is no Parquet file.
    """

    unit = "row"

    def __init__(self, path: Path, asked: Collection[str] = ()) -> None:
        super().__init__(path)
        file = self._opened()
        passed_over = [each.name for each in file.schema_arrow if each.name not in asked and _holds_bytes(each.type)]
        self.columns = tuple(name for name in file.schema_arrow.names if name not in passed_over)
        for name in passed_over:
            self.notes.append(f"{self.where}: the column {name!r} holds bytes and is left out.")
        self._count = int(file.metadata.num_rows)
        file.close()

    def rows(self, columns: Sequence[str]) -> Iterator[Line]:
        """Yield every row, with ``columns`` alone."""
        from pyarrow import ArrowException

        file, number = self._opened(), 0
        try:
            for batch in file.iter_batches(batch_size=_BATCH_ROWS, columns=list(columns)):
                for row in batch.to_pylist():
                    number += 1
                    yield number, row
        except (ArrowException, OSError) as error:
            raise SourceError(f"the file cannot be read after row {number} ({error})", where=self.where) from error
        finally:
            file.close()

    def count_hint(self) -> int:
        """Return the exact number of rows."""
        return self._count

    def _opened(self) -> ParquetFile:
        try:
            from pyarrow import ArrowException
            from pyarrow.parquet import ParquetFile
        except ImportError as error:
            fix = "Install it: pip install 'chiasm[tables]'."
            raise SourceError(
                "Parquet files are read by pyarrow, which is missing", where=self.where, fix=fix
            ) from error
        try:
            return ParquetFile(self.path)
        except (ArrowException, OSError) as error:
            raise SourceError(f"the file cannot be read as Parquet ({error})", where=self.where) from error


def _holds_bytes(kind: DataType) -> bool:
    from pyarrow import types

    if types.is_nested(kind):
        return any(_holds_bytes(kind.field(place).type) for place in range(kind.num_fields))
    return bool(types.is_binary(kind) or types.is_large_binary(kind) or types.is_fixed_size_binary(kind))
