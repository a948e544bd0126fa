"""CSV and kin: delimiter, encoding and kinds of values found from the file itself."""

from __future__ import annotations

import codecs
import csv
import re
from collections import Counter
from collections.abc import Collection, Generator, Iterator, Sequence
from contextlib import closing
from itertools import islice
from pathlib import Path

from chiasm.documents.table import PEEKED_ROWS, Line, Table, unreadable
from chiasm.errors import SourceError

_SAMPLED_BYTES = 1024**2
_DELIMITERS = ",;\t|"
_LONGEST_CELL = 20 * 1024**2
_INTEGER = re.compile(r"-?(?:0|[1-9]\d{0,17})", re.ASCII)
_NUMBER = re.compile(r"-?(?:0|[1-9]\d{0,17})(?:\.\d+)?(?:[eE][+-]?\d+)?", re.ASCII)
_TRUTHS = {"true": True, "false": False}

Cell = str | int | float | bool | None


class Delimited(Table):
    """A CSV or TSV file whose first row names the columns.

    A column all of whose first values are numbers, or true and false, holds numbers or bools, so that filters can
    compare them; one that mixes them with other texts holds text. An empty cell is no value.

    Args:
        path: The file.
        encoding: Of its text; found from the file when ``None``.
        as_text: Columns whose cells stay as they are written.

    Raises:
        SourceError: It cannot be read, is empty, or names a column twice.
    """

    def __init__(self, path: Path, encoding: str | None = None, as_text: Collection[str] = ()) -> None:
        super().__init__(path)
        csv.field_size_limit(max(_LONGEST_CELL, csv.field_size_limit()))
        try:
            with path.open("rb") as stream:
                sample = stream.read(_SAMPLED_BYTES)
        except OSError as error:
            raise unreadable(self, error) from error
        self._encoding = encoding or self._found_encoding(sample)
        try:
            head = codecs.getincrementaldecoder(self._encoding)("surrogateescape").decode(sample)
        except (LookupError, UnicodeError) as error:
            fix = "Say which it is: documents: {encoding: utf-8}."
            raise SourceError(
                f"the file is not text in {self._encoding} ({error})", where=self.where, fix=fix
            ) from error
        self._delimiter = "\t" if path.suffix.lower() == ".tsv" else _delimiter(head)
        with closing(self._records()) as records:
            self.columns = self._header(next(records, (0, []))[1])
            kinds = _kinds(self.columns, [cells for _, cells in islice(records, PEEKED_ROWS)])
        self._kinds = [str if name in as_text else kind for name, kind in zip(self.columns, kinds, strict=True)]

    def rows(self, columns: Sequence[str]) -> Iterator[Line]:
        """Yield every row that is not blank, the number of its first line with it."""
        with closing(self._records()) as records:
            next(records, None)
            for number, cells in records:
                if not any(cells):
                    continue
                if len(cells) > len(self.columns) and any(cells[len(self.columns) :]):
                    yield number, SourceError(f"the row has {len(cells)} cells and the header {len(self.columns)}")
                elif any("\udc80" <= mark <= "\udcff" for cell in cells if not cell.isascii() for mark in cell):
                    yield (
                        number,
                        SourceError(
                            f"the row is not {self._encoding}", fix="Say which it is: documents: {encoding: cp1252}."
                        ),
                    )
                else:
                    yield number, self._row(cells)

    def _row(self, cells: Sequence[str]) -> dict[str, Cell]:
        padded = (*cells, *[""] * (len(self.columns) - len(cells)))
        return {
            name: _converted(cell, kind)
            for name, cell, kind in zip(self.columns, padded, self._kinds, strict=False)  # empty cells may be left over
        }

    def _records(self) -> Generator[tuple[int, list[str]]]:
        try:
            with self.path.open(encoding=self._encoding, errors="surrogateescape", newline="") as stream:
                reader = csv.reader(stream, delimiter=self._delimiter)
                number = 1
                for cells in reader:
                    yield number, cells
                    number = reader.line_num + 1
        except OSError as error:
            raise unreadable(self, error) from error
        except (csv.Error, UnicodeError) as error:
            raise SourceError(f"the file cannot be read after line {number} ({error})", where=self.where) from error

    def _found_encoding(self, sample: bytes) -> str:
        if sample.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return "utf-16"
        try:
            codecs.getincrementaldecoder("utf-8")().decode(sample)
        except UnicodeDecodeError:
            self.notes.append(f"{self.where} is not UTF-8; it was read as Windows-1252.")
            return "cp1252"
        return "utf-8-sig"

    def _header(self, cells: Sequence[str]) -> list[str]:
        if not any(cells):
            raise SourceError("the file has no header with names of columns", where=self.where)
        names = [cell.strip() or f"column {number}" for number, cell in enumerate(cells, 1)]
        twice = [name for name, count in Counter(names).items() if count > 1]
        if twice:
            raise SourceError(f"the header names the column {twice[0]!r} twice", where=self.where)
        return names


def _delimiter(head: str) -> str:
    """Return the delimiter that cuts the first rows into the most cells, equally many in each.

    ``csv.Sniffer`` gives up on one column, and on texts with commas.
    """
    lines = head.splitlines(keepends=True)[:50]
    whole = lines[:-1] or lines
    widths = {each: [len(cells) for cells in csv.reader(whole, delimiter=each)] or [0] for each in _DELIMITERS}
    even = {each: counts for each, counts in widths.items() if len(set(counts)) == 1 and counts[0] > 1}
    candidates = even or widths
    return max(candidates, key=lambda each: candidates[each][0])


def _kinds(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> list[type]:
    kinds: list[type] = []
    for place in range(len(columns)):
        cells = [row[place].strip() for row in rows if place < len(row) and row[place].strip()]
        if cells and all(_NUMBER.fullmatch(cell) for cell in cells):
            kinds.append(float)
        elif cells and all(cell.lower() in _TRUTHS for cell in cells):
            kinds.append(bool)
        else:
            kinds.append(str)
    return kinds


def _converted(cell: str, kind: type) -> Cell:
    bare = cell.strip()
    if not bare:
        return None
    if kind is bool:
        return _TRUTHS.get(bare.lower(), cell)
    if kind is float and _NUMBER.fullmatch(bare):
        return int(bare) if _INTEGER.fullmatch(bare) else float(bare)
    return cell
