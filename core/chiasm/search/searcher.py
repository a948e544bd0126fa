"""Answers queries: legs to the store, rankings joined, candidates arranged, moments found."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from chiasm.config.model import SearchConfig
from chiasm.contracts.store import Store
from chiasm.plan.model import Plan
from chiasm.run.loading import Loading
from chiasm.search.asking import MAX_DEPTH, Asker, Result, Source
from chiasm.search.composition import Composer
from chiasm.search.examples import Examples, Nearest
from chiasm.search.found import Found
from chiasm.search.hits import Explanation, Hit, Hits, LegHit, LegTrace, StageTrace
from chiasm.search.joining import LegRankings, join, leg_rankings
from chiasm.search.legs import Leg, QueryEncoder
from chiasm.search.moments import find_moment, span_of
from chiasm.search.query import Query
from chiasm.search.stages.choosing import StageChooser
from chiasm.search.stages.reranking import Reranking
from chiasm.search.stages.stage import Arranged, Stage


class Searcher:
    """Searches one store by one plan.

    Args:
        plan: The plan.
        store: Open.
        loading: Loads encoders and translators on first use.
        config: How queries are answered.
        nearest: The stored ids that are most like an unknown one.
    """

    def __init__(
        self, plan: Plan, store: Store[Any], loading: Loading, config: SearchConfig, nearest: Nearest = lambda _: ()
    ) -> None:
        self._plan = plan
        self._store = store
        self._merge_gap = config.merge_gap
        encoder = QueryEncoder(plan, loading, plan.finders)
        self._composer = Composer(plan, encoder, Examples(plan, store, encoder, nearest), config.compose)
        self._asker = Asker(plan, store, config.fields)
        self._chooser = StageChooser(plan, loading, self._asker)

    def search(self, query: Query) -> Hits:
        """Answer a query.

        Raises:
            QueryError, MediaError, TranslationError, EncodingError: As making its legs does.
            StoreError: The store failed.
        """
        started = time.perf_counter()
        stages = self._chooser.stages(query)
        sources = [self._asker.source(leg) for leg in self._composer.legs(query)]
        encoded = time.perf_counter()
        found, arranged, traces, asking = self._find(sources, stages, query)
        hits = tuple(self._hit(document, arranged, found) for document in arranged.ids[: query.limit])
        explanation = Explanation(
            legs=tuple(map(_trace, found.results)),
            fusion=type(self._plan.late).__name__ if len(sources) > 1 else "",
            store=self._store.location,
            encode_seconds=encoded - started,
            store_seconds=asking,
            seconds=time.perf_counter() - started,
            stages=traces,
        )
        return Hits(hits, explanation)

    def legs(self, query: Query) -> list[Leg]:
        """Return the legs of a query, its vectors made. Raises as ``search`` does."""
        return self._composer.legs(query)

    def rankings(self, legs: Sequence[Leg], query: Query) -> LegRankings:
        """Return what each leg finds: as many documents as the query asks for, where there are as many.

        Args:
            legs: What ``legs`` gave.
            query: The query that they are of.

        Raises:
            StoreError: The store failed.
        """
        return leg_rankings(self._asker.ask([self._asker.source(leg) for leg in legs], query.filter, query.limit))

    def _find(
        self, sources: Sequence[Source], stages: Sequence[Stage], query: Query
    ) -> tuple[Found, Arranged, tuple[StageTrace, ...], float]:
        """Find and arrange documents, more of them where stages leave too few; the last is seconds in the store."""
        wanted = max(query.limit, query.arrangement.candidates) if stages else query.limit
        asking = 0.0
        while True:
            started = time.perf_counter()
            results = self._asker.ask(sources, query.filter, wanted)
            asking += time.perf_counter() - started
            found = Found(results, join(self._plan, results, wanted), self._plan, self._store)
            arranged, traces = _arrange(found, stages)
            enough = len(arranged.ids) >= query.limit or len(found.joined) < wanted
            # What a reranker has scored is not scored again for the sake of a few documents more.
            if enough or wanted >= MAX_DEPTH or any(isinstance(stage, Reranking) for stage in stages):
                return found, arranged, traces, asking
            wanted *= 4

    def _hit(self, document: str, arranged: Arranged, found: Found) -> Hit:
        best, *others = found.points(document)
        moment = find_moment(best, others, self._merge_gap)
        payload = best.payload
        return Hit(
            id=document,
            title=str(payload.get("title", document)),
            path=str(payload.get("path", "")),
            score=float(arranged.scores[document]),
            modality=str(payload["source_modality"]),
            field=str(payload["field"]),
            span=moment.span,
            text=moment.text,
            payload=dict(payload.get("meta", {})),
            provenance=dict(payload.get("provenance", {})),
            legs=tuple(_leg_hit(result, document) for result in found.finders(document)),
            judged=arranged.judged.get(document, ()),
            folded=arranged.folded.get(document, ()),
            group=arranged.groups.get(document),
            grouped=arranged.grouped.get(document, ()),
        )


def _arrange(found: Found, stages: Sequence[Stage]) -> tuple[Arranged, tuple[StageTrace, ...]]:
    arranged = Arranged(found.joined.ids, found.scores)
    traces = []
    for stage in stages:
        started = time.perf_counter()
        arranged, done = stage.run(arranged, found)
        traces.append(StageTrace(stage.name, done, time.perf_counter() - started))
    return arranged, tuple(traces)


def _leg_hit(result: Result, document: str) -> LegHit:
    best = result.points[document][0]
    return LegHit(result.source.name, result.ranks[document], best.score, str(best.payload["field"]), span_of(best))


def _trace(result: Result) -> LegTrace:
    source = result.source
    leg = source.leg
    return LegTrace(
        source.name, leg.vector_name, leg.via, leg.heard, source.fields, len(result.points), leg.seconds, leg.without,
        leg.weight,
    )  # fmt: skip
