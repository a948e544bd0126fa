"""Points and their payload in the terms of ``qdrant_edge``, and back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import qdrant_edge as engine

from chiasm.contracts import Point, SparseVector, Vector
from chiasm.errors import StoreError
from chiasm.filters import quoted_path
from chiasm_plugins.stores.plain_vectors import PlainSparse, PlainVector

if TYPE_CHECKING:
    from qdrant_edge import NamedVector

BOOLS_KEY = "_bools"
"""Hidden payload key: ``path=true`` and ``path=false`` for each bool.

The engine's binding takes a bool to be matched for an integer, which no bool equals (qdrant_edge 0.9); so bools are
matched by these words instead.
"""


def to_point(id_: str, vectors: Mapping[str, PlainVector], payload: Mapping[str, Any]) -> engine.Point:
    """Return a point of the engine.

    Raises:
        StoreError: The payload has the hidden key.
        ValueError, TypeError: The id is no UUID, or the payload has what is no JSON value.
    """
    if BOOLS_KEY in payload:
        raise StoreError(f"the payload key {BOOLS_KEY!r} is the store's own", where=f"point {id_}")
    stored = dict(payload)
    if bools := sorted(set(_bools(payload, ()))):
        stored[BOOLS_KEY] = bools
    return engine.Point(id_, {name: to_vector(vector) for name, vector in vectors.items()}, stored)


def _bools(payload: Mapping[str, Any], path: tuple[str, ...]) -> Iterator[str]:
    for key, value in payload.items():
        if isinstance(value, Mapping):
            yield from _bools(value, (*path, key))
            continue
        for each in value if isinstance(value, list | tuple) else (value,):
            # A key with a double quote cannot be named in a filter.
            if isinstance(each, bool) and not any('"' in segment for segment in (*path, key)):
                yield bool_word(quoted_path((*path, key)), each)


def bool_word(key: str, value: bool) -> str:
    """Return what stands under ``BOOLS_KEY`` for a bool at a path."""
    return f"{key}={'true' if value else 'false'}"


def to_vector(vector: PlainVector) -> NamedVector:
    """Return a vector as the engine takes it."""
    return engine.SparseVector(vector.indices, vector.values) if isinstance(vector, PlainSparse) else vector


def from_record(record: engine.Record) -> Point:
    """Return a point that was read, with the vectors that were asked for."""
    vectors = record.vector if isinstance(record.vector, dict) else {}
    return Point(str(record.id), _from_vectors(vectors), from_payload(record.payload))


def from_payload(payload: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return a payload as it was given, without the hidden key."""
    return {key: value for key, value in (payload or {}).items() if key != BOOLS_KEY}


def _from_vectors(vectors: Mapping[str, NamedVector]) -> dict[str, Vector]:
    """Return vectors as arrays: float32 ``[dim]`` or ``[t, dim]``, or ``SparseVector`` with ascending indices."""
    return {
        name: SparseVector(np.array(vector.indices, dtype=np.uint32), np.array(vector.values, dtype=np.float32))
        if isinstance(vector, engine.SparseVector)
        else np.array(vector, dtype=np.float32)
        for name, vector in vectors.items()
    }
