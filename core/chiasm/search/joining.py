"""Joins the rankings of a search into one."""

from __future__ import annotations

from collections.abc import Sequence

from chiasm.contracts.fusion import Ranking
from chiasm.plan.model import Plan
from chiasm.search.asking import Result


def join(plan: Plan, results: Sequence[Result], limit: int) -> Ranking:
    """Return one ranking of at most ``limit`` documents.

    Args:
        plan: Its late fusion joins; with a single result there is nothing to join.
        results: What the sources found.
        limit: Number of documents at most.

    Raises:
        FusionError: The late fusion takes no weights, and the query gives some.
    """
    if len(results) == 1:
        only = results[0].ranking
        return Ranking(only.ids[:limit], only.scores[:limit])
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
    late = plan.late if len(set(weights.values())) == 1 else plan.late.weighted(weights)
    return late.fuse({result.source.name: result.ranking for result in results}, limit, available)
