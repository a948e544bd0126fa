"""Manifests: files whose rows are documents."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator
from pathlib import Path

from chiasm.documents.config import DocumentsConfig
from chiasm.documents.delimited import Delimited
from chiasm.documents.identity import path_id
from chiasm.documents.jsonl import JsonLines
from chiasm.documents.parquet import Parquet
from chiasm.documents.rows import DEFAULT_ID_COLUMN, RowReader
from chiasm.documents.source import DocumentSource, Entry, SourceFailure
from chiasm.documents.table import PEEKED_ROWS, Table
from chiasm.errors import SourceError
from chiasm.media.loaders import Loaders

MANIFEST_SUFFIXES = frozenset((".jsonl", ".ndjson", ".csv", ".tsv", ".parquet", ".pq"))


class ManifestSource(DocumentSource):
    """The documents of a JSONL, CSV, TSV or Parquet file. Relative paths in it are relative to its folder.

    Args:
        path: The file.
        config: Which columns are fields, id and metadata.
        loaders: Find the types of files.

    Raises:
        SourceError: The file cannot be read, or a configured column is not in it.
    """

    def __init__(self, path: Path, config: DocumentsConfig, loaders: Loaders) -> None:
        path = Path(os.path.realpath(path))
        super().__init__(path_id(path))
        self._table = _table(path, config, loaders.modalities)
        self._rows = RowReader(config, loaders, path.parent)
        missing = self._rows.check(self._table.columns, self._table.where, complete=self._table.complete)
        for note in self._table.notes:
            self.note(note)
        for sentence in missing:
            self.note(f"Of the first {PEEKED_ROWS:,} lines of {sentence}")

    def __iter__(self) -> Iterator[Entry]:
        """Yield a document for each row; what is wrong with one does not stop the rest."""
        table = self._table
        try:
            for number, row in table.rows(self._rows.wanted(table.columns)):
                where, place = f"{table.where}, {table.unit} {number}", f"{self.key}#{number}"
                if isinstance(row, Exception):
                    error = SourceError(row.problem, where=where, fix=row.fix)
                    yield SourceFailure(place, where, error, hidden="")
                else:
                    yield from self._rows.entries(row, where, place, stamped=True)
        except SourceError as error:
            yield SourceFailure(self.key, table.where, error, hidden="")

    def count_hint(self) -> int | None:
        """Return the number of rows, where the file tells or its length shows it."""
        return self._table.count_hint()


def _table(path: Path, config: DocumentsConfig, modalities: Collection[str]) -> Table:
    suffix = path.suffix.lower()
    if suffix in (".jsonl", ".ndjson"):
        return JsonLines(path)
    columns = [mapping.column for mapping in config.fields.values()] or modalities
    asked = {config.id or DEFAULT_ID_COLUMN, *columns}
    if suffix in (".parquet", ".pq"):
        return Parquet(path, asked)
    return Delimited(path, config.encoding, as_text=asked)
