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
from chiasm.search.joining import Joined, Joiner
from chiasm.search.leg import Leg
from chiasm.search.legs import QueryEncoder
from chiasm.search.moments import find_moment, span_of
from chiasm.search.pushing import PushDown
from chiasm.search.query import Query
from chiasm.search.rankings import LegRankings
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
        self._asker = Asker(plan, store, config.fields, config.calibrate)
        push_down = PushDown(plan, store, calibrated=config.calibrate != "none") if config.push_down else None
        self._joiner = Joiner(plan, self._asker, push_down)
        hybrid = plan.hybrid
        late = type(plan.late).__name__
        self._fusion = late if hybrid is None else f"{type(hybrid.fusion).__name__} with {late}"
        self._chooser = StageChooser(plan, loading, self._asker)

    def search(self, query: Query) -> Hits:
        """Answer a query.

        Raises:
            QueryError, MediaError, TranslationError, EncodingError: As making its legs does.
            StoreError: The store failed.
        """
        started = time.perf_counter()
        stages = self._chooser.stages(query)
        sources = self._asker.sources(self._composer.legs(query))
        encoded = time.perf_counter()
        joined, found, arranged, traces = self._find(sources, stages, query)
        hits = tuple(self._hit(document, arranged, found) for document in arranged.ids[: query.limit])
        explanation = Explanation(
            legs=tuple(map(_trace, found.results)),
            fusion=self._fusion if len(sources) > 1 else "",
            store=self._store.location,
            encode_seconds=encoded - started,
            store_seconds=joined.seconds,
            seconds=time.perf_counter() - started,
            where=joined.how,
            stages=traces,
        )
        return Hits(hits, explanation)

    def legs(self, query: Query) -> list[Leg]:
        """Return the legs of a query, its vectors made. Raises as ``search`` does."""
        return self._composer.legs(query)

    def rankings(self, legs: Sequence[Leg], query: Query) -> LegRankings:
        """Return what each source finds: as many documents as the query asks for, where there are as many.

        Args:
            legs: What ``legs`` gave.
            query: The query that they are of.

        Raises:
            StoreError: The store failed.
        """
        return self._joiner.rankings(self._asker.sources(legs), query.filter, query.limit)

    def _find(
        self, sources: Sequence[Source], stages: Sequence[Stage], query: Query
    ) -> tuple[Joined, Found, Arranged, tuple[StageTrace, ...]]:
        """Find and arrange documents, more of them where stages leave too few."""
        wanted = max(query.limit, query.arrangement.candidates) if stages else query.limit
        while True:
            joined = self._joiner.join(sources, query.filter, wanted)
            found = Found(joined.results, joined.ranking, self._plan, self._store)
            arranged, traces = _arrange(found, stages)
            enough = len(arranged.ids) >= query.limit or len(joined.ranking) < wanted
            # What a reranker has scored is not scored again for the sake of a few documents more.
            if enough or wanted >= MAX_DEPTH or any(isinstance(stage, Reranking) for stage in stages):
                return joined, found, arranged, traces
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
        source.name, leg.vector_name, leg.via, leg.heard, source.fields, result.documents, leg.seconds, leg.without,
        source.weight, leg.summed,
    )  # fmt: skip
