"""Scores of different fields and spaces made comparable, by what is indexed and without labels.

A cosine of 0.4 between a text and a picture may be as rare as one of 0.8 between two texts: modalities lie apart in the
spaces that they share (Liang et al., "Mind the Gap", NeurIPS 2022). So each query is compared with a sample of what is
stored in each field, and a score is told by how it stands among those: less their mean, which is the same as centring
the field's vectors, and in units of their standard deviation.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chiasm.config.model import Calibrate
from chiasm.contracts.encoder import SparseVector, Vector
from chiasm.contracts.store import ScoredPoint, Store
from chiasm.filters import Compare
from chiasm.plan.model import Plan
from chiasm.search.sampling import points_of
from chiasm.space import EmbeddingSpace

SAMPLE = 2_000
"""Stored vectors of a field that a query is compared with. Their mean is then known to 1/45 of their deviation."""

MULTI_SAMPLE = 200
"""The same for vectors of several tokens, of which each comparison is many."""


class Calibration:
    """Knows what scores are usual.

    Args:
        plan: The plan.
        store: Open; sampled when a field is first asked, and kept.
        how: ``"centre"``: scores less their usual mean. ``"z-score"``: that in units of their usual deviation too.
    """

    def __init__(self, plan: Plan, store: Store[Any], how: Calibrate) -> None:
        self._plan = plan
        self._store = store
        self._scaled = how == "z-score"
        self._samples: dict[tuple[str, str], Sequence[NDArray[np.float32]] | NDArray[np.float32]] = {}
        self._counts: dict[str, int] = {}

    def scores(
        self, vector_name: str, vector: Vector, field: str, points: Sequence[ScoredPoint]
    ) -> NDArray[np.float64]:
        """Return the calibrated scores of what a query found in a field, float64 ``[len(points)]``.

        Args:
            vector_name: Name of the stored vectors.
            vector: The query's, in their space.
            field: The field that was searched.
            points: What was found in it.

        Raises:
            StoreError: The store failed.
        """
        found = np.array([point.score for point in points], dtype=np.float64)
        if isinstance(vector, SparseVector):
            mean, deviation = self._usual_sparse(found, field)
        else:
            usual = usual_scores(vector, self._sample(vector_name, field), self._plan.spaces[vector_name])
            mean, deviation = (float(usual.mean()), float(usual.std())) if len(usual) else (0.0, 0.0)
        return (found - mean) / (deviation if self._scaled and deviation > 0 else 1.0)

    def _usual_sparse(self, found: NDArray[np.float64], field: str) -> tuple[float, float]:
        """Return mean and deviation over the whole field; what was not found has no word of the query, or counts so."""
        if field not in self._counts:
            self._counts[field] = self._store.count(Compare("field", "=", field))
        count = max(self._counts[field], len(found), 1)
        mean = float(found.sum()) / count
        return mean, float(np.sqrt(max(0.0, float((found**2).sum()) / count - mean**2)))

    def _sample(self, vector_name: str, field: str) -> Sequence[NDArray[np.float32]] | NDArray[np.float32]:
        key = vector_name, field
        if key not in self._samples:
            space = self._plan.spaces[vector_name]
            limit = MULTI_SAMPLE if space.kind == "multi" else SAMPLE
            vectors = [point.vectors.get(vector_name) for point in points_of(self._store, field, limit)]
            rows = [vector for vector in vectors if isinstance(vector, np.ndarray)]
            self._samples[key] = rows if space.kind == "multi" or not rows else np.stack(rows)
        return self._samples[key]


def usual_scores(
    query: NDArray[np.float32], sample: Sequence[NDArray[np.float32]] | NDArray[np.float32], space: EmbeddingSpace
) -> NDArray[np.float64]:
    """Return a query's scores with sampled vectors, as a store computes them, float64 ``[len(sample)]``.

    Args:
        query: float32 ``[dim]``, or ``[t, dim]`` in a space of several vectors an item.
        sample: float32 ``[n, dim]``, or n arrays ``[t_i, dim]``.
        space: Theirs.
    """
    if not len(sample):
        return np.empty(0)
    if space.kind == "multi":
        return np.array([_pairwise(query, each, space).max(axis=1).sum() for each in sample], dtype=np.float64)
    return _pairwise(query[None], np.asarray(sample), space).ravel()


def _pairwise(left: NDArray[np.float32], right: NDArray[np.float32], space: EmbeddingSpace) -> NDArray[np.float64]:
    a, b = left.astype(np.float64), right.astype(np.float64)
    if space.metric == "euclid":
        squared = (a**2).sum(axis=1)[:, None] + (b**2).sum(axis=1) - 2 * a @ b.T
        distance: NDArray[np.float64] = np.sqrt(np.maximum(squared, 0.0))
        return -distance
    if space.metric == "cosine":
        a, b = (rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12) for rows in (a, b))
    product: NDArray[np.float64] = a @ b.T
    return product
