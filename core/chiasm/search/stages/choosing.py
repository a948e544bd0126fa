"""Which stages a query asks for, in their order: rerank, fold, diversify, group."""

from __future__ import annotations

from typing import Any

from chiasm.contracts.encoder import Encoder
from chiasm.contracts.reranker import Reranker
from chiasm.errors import QueryError, nearest_names
from chiasm.plan.model import Plan, PlannedComponent
from chiasm.run.loading import Loading
from chiasm.search.asking import Asker
from chiasm.search.legs import QueryEncoder
from chiasm.search.query import Query, Scorer
from chiasm.search.stages.diversity import Diversity
from chiasm.search.stages.folding import Folding
from chiasm.search.stages.grouping import Grouping
from chiasm.search.stages.reranking import ByFunction, ByReranker, ByStoredVectors
from chiasm.search.stages.stage import Stage


class StageChooser:
    """Makes the stages of queries.

    Args:
        plan: The plan.
        loading: Loads rerankers on first use.
        asker: Asks the store.
    """

    def __init__(self, plan: Plan, loading: Loading, asker: Asker) -> None:
        self._plan = plan
        self._loading = loading
        self._asker = asker

    def stages(self, query: Query) -> tuple[Stage, ...]:
        """Return the stages of a query; none for a plain one.

        Raises:
            QueryError: A reranker is named that the pipeline does not have.
        """
        asked = query.arrangement
        scorers = self._plan.rerankers if asked.rerank is None else tuple(map(self._resolved, asked.rerank))
        stages: list[Stage] = [self._reranking(scorer, query) for scorer in scorers]
        if asked.fold is not None:
            stages.append(Folding(asked.fold))
        if asked.group_by is not None:
            stages.append(Grouping(asked.group_by))
        if asked.diversity:
            stages.append(Diversity(asked.diversity, query.limit))
        return tuple(stages)

    def _resolved(self, scorer: str | Scorer) -> PlannedComponent | Scorer:
        if not isinstance(scorer, str):
            return scorer
        known = {planned.name: planned for planned in self._plan.rerankers}
        if scorer not in known:
            raise QueryError(
                f"the pipeline has no reranker {scorer!r}; it has {', '.join(known) or 'none'}",
                where="rerank",
                nearest=nearest_names(scorer, known),
                fix="Name it under 'search: {rerank: [...]}' of the pipeline, or give a function.",
            )
        return known[scorer]

    def _reranking(self, scorer: PlannedComponent | Scorer, query: Query) -> Stage:
        items = tuple(query.items.values())
        if not isinstance(scorer, PlannedComponent):
            return ByFunction(getattr(scorer, "__name__", type(scorer).__name__), scorer, items)
        component: Any = scorer.component
        if isinstance(component, Reranker):
            return ByReranker(scorer.name, component, items, self._loading)
        assert isinstance(component, Encoder)
        steps = [step for step in self._plan.encodings if step.by.name == scorer.name]
        encoder = QueryEncoder(self._plan, self._loading, steps)
        return ByStoredVectors(scorer.name, encoder, query.items, self._asker)
