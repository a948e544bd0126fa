"""Arithmetic on vectors of one space: what is wanted added, what is not subtracted, whatever the space's kind.

Moving a query towards what is relevant and away from what is not is Rocchio's (The SMART Retrieval System, 1971).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from chiasm.contracts.encoder import Dense, SparseVector, Vector
from chiasm.errors import QueryError
from chiasm.space import EmbeddingSpace

SAME = 0.999
"""Cosine from which two vectors are the same: subtracting half of a vector from itself would change no ranking."""

MOST_TOKENS = 512
"""Vectors of a multi-vector query at most; each of them is compared with every one of a document."""

Weighted = tuple[float, Vector]


def blend(wanted: Sequence[Weighted], unwanted: Sequence[Weighted], space: EmbeddingSpace, where: str) -> Vector:
    """Return one query vector, float32 ``[dim]``, sparse, or ``[t, dim]``, as its space is.

    In a space of cosines or dot products it is the sum of ``w v / |v|`` over what is wanted, less the same sum over
    what is not, at the length of the first vector; its product with a document is the weighted sum of the products.
    In a euclidean space it is the weighted mean of what is wanted, moved away from each unwanted vector by its weight
    times their distance. Of several vectors an item, those that are wanted are put together, which adds up their MaxSim
    scores; they cannot be subtracted, and what is unwanted is left out.

    Args:
        wanted: Weights over 0 and vectors, at least one.
        unwanted: Weights and vectors.
        space: Theirs.
        where: For messages.

    Raises:
        QueryError: What is unwanted is the same as what is wanted, or they cancel each other out.
    """
    if len(wanted) == 1 and not unwanted:
        return wanted[0][1]
    if space.kind == "multi":
        return np.concatenate([_dense(vector) for _, vector in wanted])[:MOST_TOKENS]
    vectors = [*wanted, *unwanted]
    terms = _terms([vector for _, vector in vectors]) if space.kind == "sparse" else None
    rows = _rows([vector for _, vector in vectors], terms)
    weights = np.array([weight for weight, _ in vectors])
    many = len(wanted)
    if space.metric == "euclid":
        moved = np.average(rows[:many], axis=0, weights=weights[:many])
        moved = moved + (weights[many:, None] * (moved - rows[many:])).sum(axis=0)
        return np.asarray(moved, dtype=np.float32)
    lengths = np.linalg.norm(rows, axis=1)
    if not lengths[:many].any():
        return wanted[0][1]  # a text without a word that the space knows finds nothing, and less of it is nothing too
    units = rows / np.where(lengths > 0, lengths, 1.0)[:, None]
    towards = (weights[:many, None] * units[:many]).sum(axis=0)
    away = (weights[many:, None] * units[many:]).sum(axis=0)
    if terms is None:
        _refuse_the_same(towards, away, where)
    result = towards - away
    length = float(np.linalg.norm(result))
    if length < 1e-6:
        raise QueryError("the parts of the query cancel each other out", where=where)
    scaled = (result * (float(lengths[0]) or 1.0) / length).astype(np.float32)
    return scaled if terms is None else SparseVector(terms[scaled != 0], scaled[scaled != 0])


def mean_of(vectors: Sequence[Vector], space: EmbeddingSpace) -> Vector:
    """Return what stands for several vectors of a space: their mean, or for a multi-vector space all of them together.

    Args:
        vectors: At least one.
        space: Theirs.
    """
    if len(vectors) == 1:
        return vectors[0]
    if space.kind == "multi":
        return np.concatenate([_dense(vector) for vector in vectors])[:MOST_TOKENS]
    terms = _terms(vectors) if space.kind == "sparse" else None
    mean = _rows(vectors, terms).mean(axis=0)
    length = float(np.linalg.norm(mean))
    if space.normalization == "l2" and terms is None and length > 0:
        mean = mean / length
    return mean.astype(np.float32) if terms is None else SparseVector(terms, mean.astype(np.float32))


def _refuse_the_same(towards: NDArray[np.float64], away: NDArray[np.float64], where: str) -> None:
    lengths = float(np.linalg.norm(towards) * np.linalg.norm(away))
    if lengths > 0 and float(towards @ away) / lengths >= SAME:
        raise QueryError(
            "what is wanted and what is not are the same here", where=where, fix="Leave one of them out, or change it."
        )


def _terms(vectors: Sequence[Vector]) -> NDArray[np.uint32]:
    return np.unique(np.concatenate([vector.indices for vector in vectors if isinstance(vector, SparseVector)]))


def _rows(vectors: Sequence[Vector], terms: NDArray[np.uint32] | None) -> NDArray[np.float64]:
    """Return vectors as rows, float64 ``[n, dim]``; of sparse ones the columns are ``terms``."""
    if terms is None:
        return np.stack([_dense(vector) for vector in vectors]).astype(np.float64)
    rows = np.zeros((len(vectors), len(terms)))
    for row, vector in zip(rows, vectors, strict=True):
        assert isinstance(vector, SparseVector)
        row[np.searchsorted(terms, vector.indices)] = vector.values
    return rows


def _dense(vector: Vector) -> Dense:
    assert not isinstance(vector, SparseVector)
    return vector
