"""Diversity: maximal marginal relevance, which trades relevance for being unlike what stands before."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from chiasm.search.found import Found
from chiasm.search.stages.stage import Arranged, Stage


@dataclass(frozen=True, slots=True)
class Diversity(Stage):
    """Maximal marginal relevance (Carbonell and Goldstein, SIGIR 1998).

    The next document is the one with the greatest ``(1 - d) relevance - d similarity``, where similarity is the
    greatest cosine with a document that was taken before (see ``Found.similarities``). Relevance is the score, moved to
    0 for the last of the candidates and 1 for the first, since fused scores and rerankers' are no cosines. The
    documents keep their scores, which then no longer descend.

    Attributes:
        amount: ``d``, from 0, by relevance alone, to 1.
        limit: Documents that are taken; the others follow as they were.
    """

    amount: float
    limit: int
    name = "diversity"

    def run(self, arranged: Arranged, found: Found) -> tuple[Arranged, str]:
        """See ``Stage.run``."""
        count = len(arranged.ids)
        note = f"{min(self.limit, count)} of {count} documents taken by maximal marginal relevance, {self.amount:g}"
        if count < 2:
            return arranged, note
        order = marginal_order(_relevance(arranged), found.similarities(arranged.ids), self.amount, self.limit)
        return replace(arranged, ids=tuple(arranged.ids[at] for at in order)), note


def marginal_order(
    relevance: NDArray[np.float64], similarities: NDArray[np.float64], amount: float, limit: int
) -> list[int]:
    """Return positions in the order of maximal marginal relevance; ties go to the earlier one.

    Args:
        relevance: float64 ``[n]``, in [0, 1].
        similarities: float64 ``[n, n]``.
        amount: Weight of being unlike, in [0, 1].
        limit: Documents that are chosen; the others follow as they were.

    Example:
        >>> alike = np.array([[1, 0.9, 0], [0.9, 1, 0], [0, 0, 1.0]])
        >>> marginal_order(np.array([1, 0.9, 0.5]), alike, amount=0.5, limit=3)
        [0, 2, 1]
    """
    left = np.ones(len(relevance), bool)
    nearest = np.zeros(len(relevance))
    order: list[int] = []
    for _ in range(min(limit, len(relevance))):
        marginal = (1 - amount) * relevance - amount * nearest
        chosen = int(np.argmax(np.where(left, marginal, -np.inf)))
        order.append(chosen)
        left[chosen] = False
        nearest = np.maximum(nearest, similarities[chosen])
    return order + np.flatnonzero(left).tolist()


def _relevance(arranged: Arranged) -> NDArray[np.float64]:
    scores = np.array([arranged.scores[document] for document in arranged.ids], dtype=np.float64)
    spread = float(np.ptp(scores))
    return (scores - scores.min()) / spread if spread > 0 else np.ones(len(scores))
