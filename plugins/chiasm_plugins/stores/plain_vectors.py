"""Vectors checked against their spaces and made plain lists, which the engine takes in faster than numpy rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

from chiasm.contracts import Point, SparseVector, Vector
from chiasm.errors import StoreError, nearest_names
from chiasm.space import EmbeddingSpace


class PlainSparse(NamedTuple):
    """A sparse vector as two lists."""

    indices: list[int]
    values: list[float]


PlainVector = list[float] | list[list[float]] | PlainSparse
"""Dense, multi-vector or sparse."""


def plain_points(
    points: Sequence[Point], spaces: Mapping[str, EmbeddingSpace], where: str
) -> list[dict[str, PlainVector]]:
    """Return the vectors of each point by name.

    Dense vectors of one name are checked and converted together, which is faster than one by one.

    Raises:
        StoreError: A vector has a name, kind, size or value that its space forbids; the message names the point.
    """
    plain: list[dict[str, PlainVector]] = [{} for _ in points]
    dense_rows: dict[str, list[int]] = {}
    for row, point in enumerate(points):
        for name, vector in point.vectors.items():
            if _space(name, spaces, where).kind == "dense":
                dense_rows.setdefault(name, []).append(row)
            else:
                plain[row][name] = plain_vector(name, vector, spaces, f"{where}, point {point.id}")
    for name, rows in dense_rows.items():
        block = _block([points[row].vectors[name] for row in rows], spaces[name].dim)
        if block is not None and np.isfinite(block).all():
            for row, values in zip(rows, block.tolist(), strict=True):
                plain[row][name] = values
            continue
        for row in rows:
            plain[row][name] = plain_vector(name, points[row].vectors[name], spaces, f"{where}, point {points[row].id}")
    return plain


def plain_vector(name: str, vector: Vector, spaces: Mapping[str, EmbeddingSpace], where: str) -> PlainVector:
    """Return one vector as lists.

    Raises:
        StoreError: Its name, kind, size or a value is not what the spaces allow.
    """
    space = _space(name, spaces, where)
    if (space.kind == "sparse") != isinstance(vector, SparseVector):
        raise StoreError(f"the vector {name!r} is not {space.kind}, as its space is", where=where)
    if isinstance(vector, SparseVector):
        return _plain_sparse(name, vector, where)
    array = np.asarray(vector, dtype=np.float32)
    rank = 2 if space.kind == "multi" else 1
    if array.ndim != rank or array.shape[-1] != space.dim or not array.size:
        due = f"[t, {space.dim}]" if rank == 2 else f"[{space.dim}]"
        raise StoreError(f"the vector {name!r} has shape {list(array.shape)} where {due} is due", where=where)
    _require_finite(name, array, where)
    return cast("list[float] | list[list[float]]", array.tolist())


def _plain_sparse(name: str, vector: SparseVector, where: str) -> PlainSparse:
    indices, values = np.asarray(vector.indices), np.asarray(vector.values, dtype=np.float32)
    if indices.ndim != 1 or indices.shape != values.shape:
        raise StoreError(f"the sparse vector {name!r} has {indices.size} indices for {values.size} values", where=where)
    numbers = indices.tolist()
    limit = np.iinfo(np.uint32).max
    if len(set(numbers)) != len(numbers) or not all(isinstance(each, int) and 0 <= each <= limit for each in numbers):
        raise StoreError(f"the sparse vector {name!r} has an index twice, or one that is no uint32", where=where)
    _require_finite(name, values, where)
    return PlainSparse(numbers, values.tolist())


def _space(name: str, spaces: Mapping[str, EmbeddingSpace], where: str) -> EmbeddingSpace:
    if name not in spaces:
        raise StoreError(
            f"the collection has no vectors named {name!r}",
            where=where,
            nearest=nearest_names(name, spaces),
            fix=f"It has {', '.join(sorted(spaces)) or 'none'}; index with a pipeline that writes {name!r} first.",
        )
    return spaces[name]


def _block(vectors: Sequence[Vector], dim: int) -> NDArray[np.float32] | None:
    """Return float32 ``[n, dim]``, or ``None`` when one of the vectors is not a dense one of that size."""
    if any(getattr(vector, "shape", None) != (dim,) for vector in vectors):
        return None
    return np.stack(cast("Sequence[NDArray[np.float32]]", vectors)).astype(np.float32, copy=False)


def _require_finite(name: str, values: NDArray[np.float32], where: str) -> None:
    if not np.isfinite(values).all():
        # The engine takes such a vector and never finds it again.
        raise StoreError(f"the vector {name!r} has a value that is not finite (NaN or infinite)", where=where)
