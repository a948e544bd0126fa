"""The loader: rows of numbers, whatever separates them. Imported when the first of its files is met."""

import csv
import io
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from chiasm.contracts import Loader
from chiasm.errors import UnreadableMedia
from chiasm.media import Source, Want
from chiasm_series.loader_params import SeriesLoaderParams
from chiasm_series.series import SERIES, Series

TIMES = frozenset({"time", "t", "date", "datetime", "timestamp", "seconds", "step"})
"""Names of columns that say when, not what."""


class SeriesLoader(Loader[SeriesLoaderParams]):
    """Reads the columns that hold numbers; gaps are filled by straight lines, columns of times left out."""

    modality: ClassVar[str] = SERIES

    def decode(self, source: Source, want: Want) -> Series:
        """Return the series.

        Raises:
            UnreadableMedia: It is no text, or has too few rows, or no column of numbers.
        """
        data = source.read(self.params.limits.max_text_bytes)
        try:
            rows = _rows(data.decode("utf-8-sig"))
        except (UnicodeDecodeError, csv.Error) as error:
            raise UnreadableMedia(f"it is no table ({error})", where=source.name) from error
        width = max(map(len, rows), default=0)
        names = _names(rows[0], width) if rows else ()
        table = np.array([[_number(cell) for cell in row] + [np.nan] * (width - len(row)) for row in rows])
        if len(table) and names:
            table = table[1:]
        names = names or tuple(f"column {at + 1}" for at in range(width))
        kept = [at for at, name in enumerate(names) if name.lower() not in TIMES and _is_numeric(table[:, at])]
        if len(table) < self.params.min_steps or not kept:
            problem = f"{len(table)} rows and {len(kept)} columns of numbers are no series"
            raise UnreadableMedia(problem, where=source.name)
        values = np.stack([_filled(table[:, at]) for at in kept], axis=1)
        return Series(values.astype(np.float32), tuple(names[at] for at in kept))


def _rows(text: str) -> list[list[str]]:
    first = text.partition("\n")[0]
    separator = max(",;\t", key=first.count)
    return [row for row in csv.reader(io.StringIO(text), delimiter=separator) if any(row)]


def _names(row: list[str], width: int) -> tuple[str, ...]:
    """Return the names in a first row, which has no numbers; nothing where it is a row of values."""
    if any(np.isfinite(_number(cell)) for cell in row):
        return ()
    return tuple(cell.strip() for cell in row) + tuple(f"column {at + 1}" for at in range(len(row), width))


def _number(cell: str) -> float:
    try:
        value = float(cell)
    except ValueError:
        return np.nan
    return value if abs(value) < 1e30 else np.nan


def _is_numeric(column: NDArray[np.float64]) -> bool:
    return len(column) > 0 and float(np.isfinite(column).mean()) >= 0.5


def _filled(column: NDArray[np.float64]) -> NDArray[np.float64]:
    there = np.flatnonzero(np.isfinite(column))
    return np.interp(np.arange(len(column)), there, column[there])
