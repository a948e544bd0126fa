"""Joins the rankings of a search into one."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from chiasm.contracts import LateFusion, Ranking
from chiasm.plan.model import Plan
from chiasm.search.asking import Result


@dataclass(frozen=True, slots=True, eq=False)
class LegRankings:
    """What the sources of one search found, to be joined by one late fusion or another.

    Attributes:
        rankings: By source; one may be empty.
        available: By source, the found documents that the source could have ranked at all.
        weights: By source, how much the query has it count.
    """

    rankings: Mapping[str, Ranking]
    available: Mapping[str, Collection[str]]
    weights: Mapping[str, float]

    def joined(self, late: LateFusion[Any], limit: int) -> Ranking:
        """Return one ranking of at most ``limit`` documents.

        Args:
            late: Joins; with a single source there is nothing to join.
            limit: Number of documents at most.

        Raises:
            FusionError: The late fusion takes no weights, and the query gives some.
        """
        if len(self.rankings) < 2:
            only = next(iter(self.rankings.values()), Ranking.from_scores({}))
            return Ranking(only.ids[:limit], only.scores[:limit])
        weighted = late if len(set(self.weights.values())) == 1 else late.weighted(self.weights)
        return weighted.fuse(self.rankings, limit, self.available)


def leg_rankings(results: Sequence[Result]) -> LegRankings:
    """Return the rankings of what sources found."""
    reach = {
        document: frozenset(points[0].payload.get("reach", ()))
        for result in results
        for document, points in result.points.items()
    }
    available = {
        result.source.name: [document for document, names in reach.items() if result.source.leg.vector_name in names]
        for result in results
    }
    weights = {result.source.name: result.source.leg.weight for result in results}
    return LegRankings({result.source.name: result.ranking for result in results}, available, weights)


def join(plan: Plan, results: Sequence[Result], limit: int) -> Ranking:
    """Return one ranking of at most ``limit`` documents, joined by the plan's late fusion.

    Raises:
        FusionError: The late fusion takes no weights, and the query gives some.
    """
    return leg_rankings(results).joined(plan.late, limit)
