"""Opens whatever holds documents: a folder, a manifest, a file, or a Python iterable."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from chiasm.documents.config import DocumentsConfig, FieldMapping
from chiasm.documents.folder import FileSource, FolderSource
from chiasm.documents.identity import printable_name
from chiasm.documents.iterable import Entries, IterableSource
from chiasm.documents.manifest import MANIFEST_SUFFIXES, ManifestSource
from chiasm.documents.source import DocumentSource
from chiasm.errors import ConfigError, SourceError, nearest_names
from chiasm.media.document import Document
from chiasm.media.item import Item
from chiasm.media.loaders import Loaders
from chiasm.media.source import printable_path

_URL = re.compile(r"[a-z][a-z0-9+.-]+://", re.IGNORECASE)


def open_source(
    source: str | os.PathLike[str] | Document | Item | Mapping[str, object] | Entries,
    *,
    loaders: Loaders,
    fields: Mapping[str, FieldMapping] | None = None,
    id_field: str | None = None,
    config: DocumentsConfig | None = None,
    name: str = "python",
) -> DocumentSource:
    """Open a source of documents. Nothing of it is decoded yet.

    Args:
        source: A folder, a manifest (``.jsonl``, ``.ndjson``, ``.csv``, ``.tsv``, ``.parquet``, ``.pq``) or another
            file, as ``str`` or path; or documents, mappings, items and paths, one or an iterable of them, or a
            DataFrame.
        loaders: Find the types of files.
        fields: Columns of manifests and keys of mappings by field; overrides ``config.fields``.
        id_field: Column or key with the ids of documents; overrides ``config.id``.
        config: The ``documents:`` section of a pipeline.
        name: Identity of an iterable, for runs that delete what is no longer in it.

    Raises:
        SourceError: There is no such file or folder, it cannot be read, or lacks a configured column.
        ConfigError: ``fields`` names a field that needs a modality and has none.

    Example:
        >>> from chiasm.media.loaders import installed_loaders
        >>> rows = [{"id": "a", "text": "rain", "year": 2024}]
        >>> [(each.id, each.metadata) for each in open_source(rows, loaders=installed_loaders())]
        [('a', {'year': 2024})]
    """
    chosen = _config(config or DocumentsConfig(), fields, id_field)
    if isinstance(source, str | os.PathLike):
        return _open_path(os.fspath(source), chosen, loaders)
    if isinstance(source, Document | Item | Mapping):
        source = [source]
    if isinstance(source, bytes | bytearray) or not isinstance(source, Iterable):
        raise SourceError(
            f"a {type(source).__name__} is no source of documents", fix="Give a path, or an iterable of documents."
        )
    return IterableSource(source, chosen, loaders, name, opener=lambda path: _open_path(str(path), chosen, loaders))


def _config(base: DocumentsConfig, fields: Mapping[str, FieldMapping] | None, id_field: str | None) -> DocumentsConfig:
    if fields is None and id_field is None:
        return base
    changes = {"fields": dict(base.fields if fields is None else fields), "id": id_field or base.id}
    try:
        return DocumentsConfig.model_validate(base.model_dump() | changes)
    except ValueError as error:
        raise ConfigError(str(error), where="fields") from error


def _open_path(name: str, config: DocumentsConfig, loaders: Loaders) -> DocumentSource:
    if _URL.match(name):
        raise SourceError(f"{name!r} is a URL; chiasm fetches nothing from the network", fix="Download it first.")
    path = Path(name).expanduser()
    if path.is_dir():
        return FolderSource(path, loaders)
    if not os.path.lexists(path):
        raise _missing(path)
    if path.suffix.lower() in MANIFEST_SUFFIXES:
        return ManifestSource(path, config, loaders)
    return FileSource(path, loaders)


def _missing(path: Path) -> SourceError:
    where = printable_path(path)
    try:
        beside = [printable_name(name) for name in os.listdir(path.parent)]  # noqa: PTH208  (names, not paths)
    except OSError:
        return SourceError(f"there is no folder {printable_path(path.parent)}", where=where)
    return SourceError("there is no such file or folder", where=where, nearest=nearest_names(path.name, beside))
