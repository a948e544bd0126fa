"""Digests of content: the same for the same content, wherever and whenever it is read."""

from __future__ import annotations

import hashlib
import json
import struct
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from chiasm.documents.json_values import DEEPEST, json_value
from chiasm.errors import SourceError, UnreadableMedia
from chiasm.media.audio import Audio
from chiasm.media.document import Document
from chiasm.media.item import Item
from chiasm.media.source import Source

if TYPE_CHECKING:
    from hashlib import _Hash

_CHUNK = 1024**2


def content_digest(document: Document) -> str:
    """Return the digest of everything that indexing a document depends on, 64 hexadecimal digits.

    That is each field's items (bytes of files, values in memory, media types and spans), the metadata and the title;
    not the id, and not where the files are. Files are read in pieces of a megabyte, so that memory stays flat. SHA-256
    is used because processors compute it faster than other safe digests.

    Raises:
        UnreadableMedia: A file cannot be read.
        SourceError: A value in memory is of a kind that has no digest.
    """
    digest = hashlib.sha256()
    _feed(digest, document.title)
    _feed_record(digest, dict(document.metadata))
    for name, items in sorted(document.fields.items()):
        _feed(digest, name)
        _feed(digest, len(items))
        for item in items:
            _feed_item(digest, item)
    return digest.hexdigest()


def row_digest(row: Mapping[str, Any]) -> str:
    """Return the digest of a row's names and values, 32 hexadecimal digits; the order of names does not matter.

    Raises:
        UnreadableMedia, SourceError: As for ``content_digest``.
    """
    digest = hashlib.sha256()
    _feed_record(digest, row)
    return digest.hexdigest()[:32]


_SORTED_JSON = json.JSONEncoder(sort_keys=True).encode


def _feed_record(digest: _Hash, record: Mapping[str, Any]) -> None:
    """Add names and values: as JSON, ten times as fast as one by one, where all of them are JSON values."""
    try:
        data = _SORTED_JSON(record).encode()
    except (TypeError, ValueError, RecursionError):
        _feed(digest, record)
    else:
        _add(digest, b"j", data)


def _feed(digest: _Hash, value: Any, depth: int = 0) -> None:  # noqa: ANN401
    """Add a value with its type and length, so that no two different values give the same bytes."""
    if depth > DEEPEST:
        raise SourceError(f"a value nested more than {DEEPEST} deep has no digest")
    match value:
        case str():
            _add(digest, b"s", value.encode("utf-8", "surrogatepass"))
        case bytes() | bytearray() | memoryview():
            _add(digest, b"b", value)
        case list() | tuple():
            _add(digest, b"l", struct.pack("<q", len(value)))
            for inner in value:
                _feed(digest, inner, depth + 1)
        case Mapping():
            _add(digest, b"m", struct.pack("<q", len(value)))
            for key in sorted(value, key=str):
                _feed(digest, str(key))
                _feed(digest, value[key], depth + 1)
        case np.ndarray() if not value.dtype.hasobject:
            _add(digest, b"a", f"{value.dtype.str}{value.shape}".encode())
            _add(digest, b"v", np.ascontiguousarray(value).reshape(-1).view(np.uint8))
        case Item():
            _feed_item(digest, value)
        case _ if value is None or type(value) in (bool, int, float):
            _add(digest, b"n", repr(value).encode())
        case _ if type(value).__module__.startswith("PIL."):
            _feed(digest, np.asarray(value))
        case _:
            _feed_other(digest, value)


def _feed_other(digest: _Hash, value: Any) -> None:  # noqa: ANN401
    if isinstance(value, Audio):
        _feed(digest, [value.rate, value.samples])
        return
    try:
        plain = json_value(value, "")
    except SourceError:
        raise SourceError(f"a value of type {type(value).__name__} has no digest") from None
    _feed(digest, plain)


def _add(digest: _Hash, kind: bytes, data: Any) -> None:  # noqa: ANN401  (anything with a buffer)
    digest.update(kind + struct.pack("<q", memoryview(data).nbytes))
    digest.update(data)


def _feed_item(digest: _Hash, item: Item) -> None:
    _feed(digest, [item.modality, item.media_type, item.span.key if item.span else None])
    if item.value is not None:
        try:
            _feed(digest, item.value)
        except SourceError as error:
            kind = type(item.value).__name__
            raise SourceError(f"a {item.modality} of type {kind} has no digest", where=item.name) from error
    elif item.source is not None:
        _feed_source(digest, item.source)


def _feed_source(digest: _Hash, source: Source) -> None:
    count = 0
    with source.open() as stream:
        try:
            while chunk := stream.read(_CHUNK):
                digest.update(chunk)
                count += len(chunk)
        except OSError as error:
            problem = f"the file cannot be read ({error.strerror or error})"
            raise UnreadableMedia(problem, where=source.name) from error
    _feed(digest, count)
