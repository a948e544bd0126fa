"""Answers queries: legs to the store, points to documents, rankings fused, moments found."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from chiasm.contracts.fusion import Ranking
from chiasm.contracts.store import ScoredPoint, Store, VectorQuery
from chiasm.filters import Compare, Filter, all_of
from chiasm.plan.model import Plan
from chiasm.run.loading import Loading
from chiasm.search.hits import Explanation, Hit, Hits, LegHit, LegTrace
from chiasm.search.legs import Leg, QueryEncoder
from chiasm.search.moments import find_moment, span_of
from chiasm.search.query import Query

DEPTH = 50
"""Points asked of each leg at first; several may belong to one document, so more are asked where too few come."""

MAX_DEPTH = 5_000


@dataclass(slots=True)
class _LegResult:
    """What a leg found, by document: the best point first."""

    leg: Leg
    fields: tuple[str, ...]
    points: dict[str, list[ScoredPoint]] = field(default_factory=dict)
    exhausted: bool = True

    @property
    def ranking(self) -> Ranking:
        return Ranking.from_scores({document: points[0].score for document, points in self.points.items()})


class Searcher:
    """Searches one store by one plan.

    Args:
        plan: The plan.
        store: Open.
        loading: Loads encoders and translators on first use.
        merge_gap: Seconds between two spans of one moment at most.
    """

    def __init__(self, plan: Plan, store: Store[Any], loading: Loading, merge_gap: float) -> None:
        self._plan = plan
        self._store = store
        self._encoder = QueryEncoder(plan, loading)
        self._merge_gap = merge_gap
        self._stored_fields: dict[str, bool] = {}

    def search(self, query: Query) -> Hits:
        """Answer a query.

        Raises:
            QueryError, MediaError, TranslationError, EncodingError: As making its legs does.
            StoreError: The store failed.
        """
        started = time.perf_counter()
        legs = self._encoder.legs(query.items)
        encoded = time.perf_counter()
        results = self._ask(legs, query)
        stored = time.perf_counter()
        rankings = {result.leg.name: result.ranking for result in results}
        fused = self._join(rankings, results, query.limit)
        hits = tuple(
            self._hit(document, float(score), results, rankings)
            for document, score in zip(fused.ids, fused.scores, strict=True)
        )
        explanation = Explanation(
            legs=tuple(map(_trace, results)),
            fusion=type(self._plan.late).__name__ if len(results) > 1 else "",
            store=self._store.location,
            encode_seconds=encoded - started,
            store_seconds=stored - encoded,
            seconds=time.perf_counter() - started,
        )
        return Hits(hits, explanation)

    def _ask(self, legs: Sequence[Leg], query: Query) -> list[_LegResult]:
        depth = max(DEPTH, 3 * query.limit)
        while True:
            results = self._ask_at_depth(legs, query.filter, depth)
            # Many points may be spans of few documents: look deeper until there are enough documents.
            enough = all(len(result.points) >= query.limit or result.exhausted for result in results)
            if enough or depth >= MAX_DEPTH:
                return results
            depth *= 4

    def _ask_at_depth(self, legs: Sequence[Leg], condition: Filter | None, depth: int) -> list[_LegResult]:
        results = [_LegResult(leg, self._fields_with_points(leg.vector_name)) for leg in legs]
        queries, owners = [], []
        for result in results:
            for name in result.fields:
                # Each field is asked by itself, so that a common one (text) cannot crowd out a rare one (pictures).
                own = Compare("field", "=", name) if len(result.fields) > 1 else None
                queries.append(VectorQuery(result.leg.vector_name, result.leg.vector, depth, all_of([own, condition])))
                owners.append(result)
        for owner, points in zip(owners, self._store.search(queries), strict=True):
            owner.exhausted = owner.exhausted and len(points) < depth
            for point in points:
                owner.points.setdefault(point.payload["doc"], []).append(point)
        for result in results:
            for points in result.points.values():
                points.sort(key=lambda point: (-point.score, point.id))
        return results

    def _fields_with_points(self, vector_name: str) -> tuple[str, ...]:
        fields = self._plan.fields_in(vector_name)
        for name in fields:
            if name not in self._stored_fields:
                self._stored_fields[name] = self._store.count(Compare("field", "=", name)) > 0
        return tuple(name for name in fields if self._stored_fields[name])

    def _join(self, rankings: Mapping[str, Ranking], results: Sequence[_LegResult], limit: int) -> Ranking:
        if len(results) == 1:
            only = results[0].ranking
            return Ranking(only.ids[:limit], only.scores[:limit])
        reach = {
            document: frozenset(points[0].payload.get("reach", ()))
            for result in results
            for document, points in result.points.items()
        }
        available = {
            result.leg.name: [document for document, names in reach.items() if result.leg.vector_name in names]
            for result in results
        }
        return self._plan.late.fuse(rankings, limit, available)

    def _hit(self, document: str, score: float, results: Sequence[_LegResult], rankings: Mapping[str, Ranking]) -> Hit:
        ranks = {
            result.leg.name: rankings[result.leg.name].ids.index(document) + 1
            for result in results
            if document in result.points
        }
        found = [result for result in results if document in result.points]
        closest = min(found, key=lambda result: ranks[result.leg.name])
        best, *others = closest.points[document]
        moment = find_moment(best, others, self._merge_gap)
        payload = best.payload
        return Hit(
            id=document,
            title=str(payload.get("title", document)),
            path=str(payload.get("path", "")),
            score=score,
            modality=str(payload["source_modality"]),
            field=str(payload["field"]),
            span=moment.span,
            text=moment.text,
            payload=dict(payload.get("meta", {})),
            provenance=dict(payload.get("provenance", {})),
            legs=tuple(_leg_hit(result, document, ranks[result.leg.name]) for result in found),
        )


def _leg_hit(result: _LegResult, document: str, rank: int) -> LegHit:
    best = result.points[document][0]
    return LegHit(result.leg.name, rank, best.score, str(best.payload["field"]), span_of(best))


def _trace(result: _LegResult) -> LegTrace:
    leg = result.leg
    return LegTrace(leg.name, leg.vector_name, leg.via, leg.heard, result.fields, len(result.points), leg.seconds)
