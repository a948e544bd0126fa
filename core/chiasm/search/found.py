"""The documents that a search found, as its stages and its hits see them: the point that answers, and its vectors."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chiasm.contracts.encoder import SparseVector
from chiasm.contracts.fusion import Ranking
from chiasm.contracts.store import ScoredPoint, Store
from chiasm.plan.model import Plan
from chiasm.search.asking import Result


class Found:
    """What the sources of a search found.

    Args:
        results: By source.
        joined: The documents, best first.
        plan: The plan.
        store: Open; vectors are read from it where a stage asks for them.
    """

    def __init__(self, results: Sequence[Result], joined: Ranking, plan: Plan, store: Store[Any]) -> None:
        self.results = results
        self.joined = joined
        self._plan = plan
        self._store = store
        self._fused = frozenset((step.target,) for step in plan.fusions)

    @cached_property
    def scores(self) -> Mapping[str, float]:
        """The joined score of each document."""
        return dict(zip(self.joined.ids, self.joined.scores.tolist(), strict=True))

    def finders(self, document: str) -> list[Result]:
        """Return the results that have a document, in their order."""
        return [result for result in self.results if document in result.points]

    def points(self, document: str) -> list[ScoredPoint]:
        """Return the points that answer, the best first, of the source that ranks the document highest.

        A source that searches a fused field alone comes after the others: it has neither words nor a moment to show.
        """
        closest = min(
            self.finders(document), key=lambda each: (each.source.fields in self._fused, each.ranks[document])
        )
        return closest.points[document]

    def point_for(self, document: str, modalities: Collection[str]) -> ScoredPoint:
        """Return the best point of one of ``modalities``; the best of all where there is none of them."""
        finders = sorted(self.finders(document), key=lambda result: result.ranks[document])
        points = [result.points[document][0] for result in finders]
        return next((point for point in points if point.payload.get("modality") in modalities), points[0])

    def similarities(self, documents: Sequence[str]) -> NDArray[np.float64]:
        """Return how alike documents are, float64 ``[n, n]``: cosines of the points that answer.

        Where two points have vectors in several spaces, the smallest cosine counts, so that what is alike is so in all
        of them; where they share none they are not alike, 0. Of several vectors a point the mean stands for all.
        Sparse vectors are left out: their likeness depends on which words are rare.
        """
        best = [self.points(document)[0].id for document in documents]
        vectors = {point.id: point.vectors for point in self._store.retrieve(best, with_vectors=True)}
        alike = np.full((len(best), len(best)), np.inf)
        for name, space in self._plan.spaces.items():
            if space.kind == "sparse":
                continue
            rows = np.zeros((len(best), space.dim))
            for row, point in zip(rows, best, strict=True):
                vector = vectors.get(point, {}).get(name)
                if vector is not None and not isinstance(vector, SparseVector):
                    row[:] = vector.mean(axis=0) if vector.ndim == 2 else vector
            lengths = np.linalg.norm(rows, axis=1)
            rows /= np.where(lengths > 0, lengths, 1.0)[:, None]
            both = np.logical_and.outer(lengths > 0, lengths > 0)
            alike = np.where(both, np.minimum(alike, rows @ rows.T), alike)
        return np.where(np.isinf(alike), 0.0, alike)
