"""Rows, of a manifest or as mappings in Python, as documents."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from chiasm.documents.cells import Cells
from chiasm.documents.config import DocumentsConfig
from chiasm.documents.digest import row_digest
from chiasm.documents.files import file_status, stamp_of, title_in
from chiasm.documents.json_values import json_value
from chiasm.documents.source import Entry, SourceFailure
from chiasm.errors import ChiasmError, SourceError, nearest_names
from chiasm.media.document import Document
from chiasm.media.item import Item
from chiasm.media.loaders import Loaders

DEFAULT_ID_COLUMN = "id"


class RowReader:
    """Makes documents of rows.

    Args:
        config: Which columns are fields, id and metadata.
        loaders: Find the types of files.
        folder: What relative paths are relative to.
    """

    def __init__(self, config: DocumentsConfig, loaders: Loaders, folder: Path) -> None:
        self._config = config
        self._cells = Cells(folder, loaders)
        self._modalities = loaders.modalities

    def fields(self, columns: Collection[str]) -> dict[str, str]:
        """Return the column of each field: the configured ones, or those of ``columns`` named for a modality."""
        if self._config.fields:
            return {name: mapping.column for name, mapping in self._config.fields.items()}
        return {name: name for name in self._modalities if name in columns}

    def wanted(self, columns: Collection[str]) -> list[str]:
        """Return those of ``columns`` that become fields, id or metadata, in their order."""
        kept = set(self.fields(columns).values()) | {self._config.id or DEFAULT_ID_COLUMN}
        return [column for column in columns if column in kept or self._is_metadata(column)]

    def check(self, columns: Collection[str], where: str, *, complete: bool = True) -> list[str]:
        """Compare the configuration with the columns that there are.

        Args:
            columns: Names of columns.
            where: For messages.
            complete: Whether every row has these columns and no others.

        Returns:
            Sentences on configured columns that are not among ``columns``; none where those are complete.

        Raises:
            SourceError: No column is a field, or a configured column is missing from a complete list.
        """
        fields = self.fields(columns)
        if not any(column in columns for column in fields.values()):
            raise self._no_field(columns, where)
        asked = [*fields.values(), *([self._config.id] if self._config.id else [])]
        asked += [*(self._config.metadata.include or ()), *self._config.metadata.exclude]
        missing = [self._no_column(column, columns, where) for column in asked if column not in columns]
        if missing and complete:
            raise missing[0]
        return [str(error) for error in missing]

    def entries(self, row: Mapping[str, Any], where: str, place: str, *, stamped: bool) -> list[Entry]:
        """Return the document of a row, and what is wrong with its values.

        Args:
            row: Values by column.
            where: File and line, for messages.
            place: Stands for the id of a row whose own is not known.
            stamped: Whether to compute the document's stamp, from the row and the files that it names.
        """
        row = {str(column): row[column] for column in self.wanted(row)}
        try:
            identity = self._id(row, where)
        except ChiasmError as error:
            return [SourceFailure(place, where, error, hidden="")]
        try:
            return self._document(identity, row, where, stamped)
        except ChiasmError as error:
            return [SourceFailure(identity, where, error)]

    def _document(self, identity: str, row: Mapping[str, Any], where: str, stamped: bool) -> list[Entry]:
        metadata = self._metadata(row, where)
        fields: dict[str, list[Item]] = {}
        found: list[Entry] = []
        for name, column in self.fields(row).items():
            try:
                items = self._items(name, row.get(column), f"{where}, {column}")
            except ChiasmError as error:
                found.append(SourceFailure(identity, where, error))
                continue
            if items:
                fields[name] = items
        if fields:
            stamp = f"{row_digest(row)} {_files_stamp(fields)}" if stamped else None
            found.append(Document(identity, fields, metadata, title=title_in(metadata), stamp=stamp))
        elif not found:
            found.append(SourceFailure(identity, where, self._no_value(row, where)))
        return found

    def _items(self, field: str, value: Any, where: str) -> list[Item]:  # noqa: ANN401
        return self._cells.items(value, self._config.modality_of(field), self._config.holds_paths(field), where)

    def _id(self, row: Mapping[str, Any], where: str) -> str:
        column = self._config.id or DEFAULT_ID_COLUMN
        if column not in row:
            if self._config.id:
                raise self._no_column(column, row, where)
            return _made_id(row, where)
        identity = json_value(row[column], where)
        if identity == "" or not isinstance(identity, str | int | float):
            raise SourceError(
                f"the row has no id: {row[column]!r} in column {column!r} is no text or number", where=where
            )
        return str(identity)

    def _metadata(self, row: Mapping[str, Any], where: str) -> dict[str, Any]:
        taken = set(self.fields(row).values()) | {self._config.id or DEFAULT_ID_COLUMN}
        return {
            column: json_value(value, f"{where}, {column}")
            for column, value in row.items()
            if column not in taken and self._is_metadata(column)
        }

    def _is_metadata(self, column: str) -> bool:
        choice = self._config.metadata
        return column in choice.include if choice.include is not None else column not in choice.exclude

    def _no_column(self, column: str, columns: Collection[str], where: str) -> SourceError:
        near = nearest_names(column, map(str, columns))
        there = ", ".join(map(str, columns))
        return SourceError(f"there is no column {column!r} among {there}", where=where, nearest=near)

    def _no_field(self, columns: Collection[str], where: str) -> SourceError:
        if self._config.fields:
            return self._no_column(next(iter(self._config.fields.values())).column, columns, where)
        return SourceError(
            f"no column is named {', '.join(self._modalities)}; there are {', '.join(map(str, columns)) or 'none'}",
            where=where,
            fix="Say which columns are fields: documents: {fields: {NAME: {column: COLUMN, modality: text}}}.",
        )

    def _no_value(self, row: Mapping[str, Any], where: str) -> SourceError:
        columns = list(self.fields(row).values())
        if not any(column in row for column in columns):
            return self._no_field(row, where)
        return SourceError(f"the row has nothing in {' or '.join(map(repr, columns))}", where=where)


def _made_id(row: Mapping[str, Any], where: str) -> str:
    try:
        return row_digest(row)
    except SourceError as error:
        problem = f"the row has no id, and none can be made of its values: {error.problem}"
        raise SourceError(problem, where=where, fix=f"Give it one under {DEFAULT_ID_COLUMN!r}.") from error


def _files_stamp(fields: Mapping[str, list[Item]]) -> str:
    paths = {item.source.path for items in fields.values() for item in items if item.source and item.source.path}
    return stamp_of({str(path): file_status(path) for path in paths}) if paths else ""
