"""JSON lines: one object a line."""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from chiasm.documents.table import PEEKED_ROWS, Line, Table, unreadable
from chiasm.errors import SourceError

_LINE_BYTES = 64 * 1024**2
"""Bytes of a line at most; a longer one is refused, so that no file can fill the memory."""


class JsonLines(Table):
    """A ``.jsonl`` file. A line that is no object is reported and the rest goes on.

    Args:
        path: The file.

    Raises:
        SourceError: It cannot be read, or is encoded in UTF-16.
    """

    complete = False

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        try:
            with path.open("rb") as stream:
                head = stream.read(2)
        except OSError as error:
            raise unreadable(self, error) from error
        if head in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
            raise SourceError("JSON lines are UTF-8, and this file is UTF-16", where=self.where)
        seen: dict[str, None] = {}
        for _, row in islice(self.rows(()), PEEKED_ROWS):
            if not isinstance(row, Exception):
                seen.update(dict.fromkeys(row))
        self.columns = tuple(seen)

    def rows(self, columns: Sequence[str]) -> Iterator[Line]:
        """Yield every line that is not blank."""
        try:
            with self.path.open("rb") as stream:
                number = 0
                while line := stream.readline(_LINE_BYTES):
                    number += 1
                    if len(line) == _LINE_BYTES and not line.endswith(b"\n"):
                        while (rest := stream.readline(_LINE_BYTES)) and not rest.endswith(b"\n"):
                            pass
                        yield number, SourceError(f"the line is longer than {_LINE_BYTES:,} bytes")
                    elif line.strip():
                        yield number, _parsed(line)
        except OSError as error:
            raise unreadable(self, error) from error


def _parsed(line: bytes) -> dict[str, Any] | SourceError:
    try:
        row = json.loads(line.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        return SourceError(f"the line is not UTF-8 (byte {error.start + 1})")
    except (ValueError, RecursionError) as error:
        return SourceError(f"the line is not JSON ({error})")
    return row if isinstance(row, dict) else SourceError("the line holds no JSON object ({...})")
