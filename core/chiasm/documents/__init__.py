"""Documents from folders, manifests and Python iterables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chiasm.documents.config import DocumentsConfig, FieldMapping, MetadataColumns

if TYPE_CHECKING:
    from chiasm.documents.digest import content_digest
    from chiasm.documents.opening import open_source
    from chiasm.documents.source import DocumentSource, Entry, SourceFailure

__all__ = [
    "DocumentSource",
    "DocumentsConfig",
    "Entry",
    "FieldMapping",
    "MetadataColumns",
    "SourceFailure",
    "content_digest",
    "open_source",
]

_HOMES = {
    "DocumentSource": "source",
    "Entry": "source",
    "SourceFailure": "source",
    "content_digest": "digest",
    "open_source": "opening",
}


def __getattr__(name: str) -> object:
    """Import on first use: configurations are read without what reads files."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
