"""Late fusion by reciprocal rank: the sum over sources of ``weight / (k + rank)``."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from chiasm.contracts import LateFusion, Params, Ranking, StoreFusion
from chiasm.errors import FusionError
from chiasm_plugins.fusions.weights import Weights, require_known_names

NAME = "rrf"

# Sums of the same terms in another order differ in their last bits; scores that agree to this many digits are tied.
TIE_DIGITS = 12


class RrfParams(Params):
    """Params of ``rrf``."""

    k: int = Field(60, ge=0, description="Added to each rank; the greater, the less the first ranks count.")
    weights: Weights = Field(default_factory=dict, description="Weight by source, at least 0; 1 where none is given.")
    coverage: Literal["all", "available"] = Field(
        "all",
        description="Whether scores add up over all sources, or are means over those that could have ranked an item.",
    )


class RrfFusion(LateFusion[RrfParams]):
    """Reciprocal rank fusion (Cormack, Clarke and Buettcher, SIGIR 2009; ``k`` = 60 is theirs).

    With ``coverage: all`` a document scores ``sum(w_s / (k + rank_s))`` over the sources that rank it; ranks start at
    1. A document that only one source can reach, a photo without text, say, then stands behind those that two reach.
    With ``coverage: available`` it scores the weighted mean of ``1 / (k + rank_s)`` over the sources that *could* have
    ranked it. One of them that did not counts as if it had put the document right after its last; a source that
    ranks nothing at all says nothing, and is left out. So a photo is judged by its looks alone, a text by all that
    texts are judged by, and neither wins by being reached more often. Prefer it where fields are often missing.

    Qdrant adds its ``k`` to positions that start at 0, so ``in_store`` gives it ``k + 1`` for the same scores. Its
    weights divide ranks, ``1 / (k - 1 + rank / w)``, instead of multiplying scores, which is another ranking; so
    unequal weights are fused here and not there.

    Example:
        >>> words, looks = (Ranking(ids, np.array([2.0, 1.0])) for ids in (("cat", "dog"), ("dog", "fox")))
        >>> RrfFusion(RrfParams()).fuse({"words": words, "looks": looks}, limit=2).ids
        ('dog', 'cat')
    """

    def check(self, sources: Collection[str]) -> None:
        """Refuse weights for sources that the pipeline does not have.

        Raises:
            FusionError: With the nearest source.
        """
        require_known_names(self.params.weights, sources, "source", NAME)

    def fuse(
        self,
        rankings: Mapping[str, Ranking],
        limit: int,
        available: Mapping[str, Collection[str]] | None = None,
    ) -> Ranking:
        """Fuse the rankings of one query; ties are ordered by id.

        Args:
            rankings: By source; one may be empty.
            limit: Length of the result at most.
            available: By source, the ids that it could have ranked; a source that is not named could rank every id.
                Used with ``coverage: available`` only.

        Raises:
            FusionError: A ranking has scores that are not finite, or an id twice.
        """
        rankings = {source: ranking for source, ranking in rankings.items() if self._weight(source) and len(ranking)}
        if not rankings:
            return Ranking((), np.empty(0))
        for source, ranking in rankings.items():
            _check_ranking(source, ranking)
        terms = [self._term(source, np.arange(1, len(ranking) + 1)) for source, ranking in rankings.items()]
        names = np.array([name for ranking in rankings.values() for name in ranking.ids], dtype=object)
        ids, positions = np.unique(names, return_inverse=True)
        scores: NDArray[np.float64] = np.bincount(positions, weights=np.concatenate(terms)).astype(np.float64)
        if self.params.coverage == "available":
            scores = self._mean(scores, ids, rankings, available or {})
        best_score = scores.max()
        scores = (scores / best_score).round(TIE_DIGITS) * best_score
        # ``ids`` is sorted, and a stable sort keeps that order among equal scores.
        best = np.argsort(-scores, kind="stable")[:limit]
        return Ranking(tuple(ids[best].tolist()), scores[best])

    def in_store(self) -> StoreFusion | None:
        """Return the fusion in Qdrant's terms; ``None`` with ``coverage: available`` or unequal weights."""
        if self.params.coverage == "available" or set(self.params.weights.values()) - {1.0}:
            return None
        return StoreFusion("rrf", {"k": self.params.k + 1})

    def _weight(self, source: str) -> float:
        return self.params.weights.get(source, 1.0)

    def _term(self, source: str, ranks: NDArray[np.int64]) -> NDArray[np.float64]:
        return self._weight(source) / (self.params.k + ranks.astype(np.float64))

    def _mean(
        self,
        scores: NDArray[np.float64],
        ids: NDArray[np.object_],
        rankings: Mapping[str, Ranking],
        available: Mapping[str, Collection[str]],
    ) -> NDArray[np.float64]:
        """Return the mean term of each id over the sources that could have ranked it, float64 ``[len(ids)]``."""
        scores, weights = scores.copy(), np.zeros(len(ids))
        for source, ranking in rankings.items():
            ranked = _among(ids, ranking.ids)
            could = ranked | _among(ids, available[source]) if source in available else np.ones(len(ids), bool)
            weights[could] += self._weight(source)
            scores[could & ~ranked] += self._term(source, np.array([len(ranking) + 1]))
        return scores / weights


def _among(ids: NDArray[np.object_], names: Collection[str]) -> NDArray[np.bool_]:
    known = frozenset(names)
    return np.fromiter((name in known for name in ids), bool, len(ids))


def _check_ranking(source: str, ranking: Ranking) -> None:
    if len(ranking.scores) != len(ranking.ids) or not np.isfinite(ranking.scores).all():
        raise FusionError("a ranking needs one finite score for each id", where=f"{NAME}, source {source!r}")
    if len(set(ranking.ids)) != len(ranking.ids):
        raise FusionError("a ranking has an id twice", where=f"{NAME}, source {source!r}")
