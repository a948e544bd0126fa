"""What the sources of one search found, as rankings that a late fusion joins."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from chiasm.contracts import LateFusion, Ranking
from chiasm.plan.model import Plan
from chiasm.search.asking import Result, Source


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


def leg_rankings(plan: Plan, results: Sequence[Result]) -> LegRankings:
    """Return the rankings of what sources found."""
    payloads = {document: points[0].payload for result in results for document, points in result.points.items()}
    return LegRankings(
        {result.source.name: result.ranking for result in results},
        {
            result.source.name: [
                document for document, payload in payloads.items() if _could_find(plan, result.source, payload)
            ]
            for result in results
        },
        {result.source.name: result.source.weight for result in results},
    )


def _could_find(plan: Plan, source: Source, payload: Mapping[str, Any]) -> bool:
    if source.leg.vector_name not in payload.get("reach", ()):
        return False
    if plan.hybrid is None:
        return True
    # Fields of one space have one name of vectors; whether a document has a field, its modalities tell.
    return any(not plan.origins_of(field).isdisjoint(payload["modalities"]) for field in source.fields)
