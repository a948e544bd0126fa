"""Push-down: the store joins the legs of a search by itself, where that is sure to give chiasm's own ranking.

chiasm ranks documents, and a store joins points. The two are the same where every leg searches one and the same field
and every document has at most one point there. What else may differ is checked too: see ``PushDown.join``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from chiasm.contracts.fusion import Ranking, StoreFusion
from chiasm.contracts.store import FusedQuery, Point, ScoredPoint, Store, VectorQuery
from chiasm.filters import All, Compare, Exists, Filter, all_of
from chiasm.plan.model import Plan
from chiasm.run.parts import ITEM_KEY
from chiasm.search.asking import Result, Source, first_depth

BY_SCORE = frozenset({"dbsf", "weighted-dbsf"})
"""Methods that look at scores alone; all others at ranks, which depend on how a store orders points of one score."""


@dataclass(eq=False)
class PushedResult(Result):
    """What a source found when the store was asked to join: all ranks and scores, and payloads of what is shown.

    Attributes:
        bare: Every point that the source found, best first, without payload.
    """

    bare: Sequence[ScoredPoint] = field(default_factory=list)

    @property
    def documents(self) -> int:
        """How many documents it found."""
        return len(self.bare)

    @cached_property
    def ranks(self) -> Mapping[str, int]:
        """The rank of each known document, from 1."""
        if len(self.points) == len(self.bare):
            return {document: rank for rank, document in enumerate(self.ranking.ids, start=1)}
        places = {point.id: rank for rank, point in enumerate(self.bare, start=1)}
        return {document: places[points[0].id] for document, points in self.points.items()}


@dataclass(frozen=True, slots=True, eq=False)
class Pushed:
    """What came of asking a store to join.

    Attributes:
        ranking: Of documents; ``None`` where the store did not join.
        results: What each source found; of all documents where the store did not join, empty where it was not asked.
        why_not: Why the store did not join, for people.
    """

    ranking: Ranking | None = None
    results: tuple[Result, ...] = ()
    why_not: str = ""


class PushDown:
    """Has a store join the legs of searches.

    Args:
        plan: Its late fusion joins, in the store's terms.
        store: Open.
        calibrated: Whether scores are calibrated before they are joined.
    """

    def __init__(self, plan: Plan, store: Store[Any], calibrated: bool) -> None:
        self._plan = plan
        self._store = store
        self._calibrated = calibrated
        self._single: dict[str, bool] = {}
        self._tying: set[str] = set()

    def join(self, sources: Sequence[Source], condition: Filter | None, documents: int) -> Pushed:
        """Have the store join what sources find, or say why it does not.

        Rank-based fusions depend on the order of points that a leg scores alike, which is a store's own. Where there
        are such, chiasm joins after all, from what the store gave.

        Raises:
            FusionError: The late fusion takes no weights, and the query gives some.
            StoreError: The store failed.
        """
        fusion = self._fusion(sources)
        if isinstance(fusion, str):
            return Pushed(why_not=fusion)
        field_name, why_not = self._field(sources)
        if why_not:
            return Pushed(why_not=why_not)
        before = next((source.name for source in sources if source.name in self._tying), None)
        if before is not None and fusion.method not in BY_SCORE:
            # Legs that tie once, keywords above all, do so again; asking the store to join would be in vain.
            return Pushed(why_not=f"documents tied in {before} before, and a store orders those its own way")
        depth = first_depth(documents)
        own = Compare("field", "=", field_name) if self._shared(sources) else None
        queries = {
            source.name: VectorQuery(
                source.leg.vector_name, source.leg.vector, depth, all_of([own, condition]), payload=False
            )
            for source in sources
        }
        joined, *alone = self._store.search([FusedQuery(queries, fusion, documents), *queries.values()])
        tied = next((source.name for source, points in zip(sources, alone, strict=True) if _has_ties(points)), None)
        if tied is None or fusion.method in BY_SCORE:
            ranking = Ranking.from_scores({point.payload["doc"]: point.score for point in joined})
            return Pushed(ranking, _with_payloads(sources, alone, joined))
        self._tying.add(tied)
        known = self._store.retrieve(list(dict.fromkeys(point.id for points in alone for point in points)))
        why_not = f"documents tie in {tied}, and a store orders those its own way"
        return Pushed(results=_with_payloads(sources, alone, known), why_not=why_not)

    def _fusion(self, sources: Sequence[Source]) -> StoreFusion | str:
        if self._calibrated:
            return "scores are calibrated, which a store does not do"
        if self._plan.hybrid is not None:
            return "a hybrid fusion joins fields, whose points the store would not join"
        weights = {source.name: source.weight for source in sources}
        late = self._plan.late if len(set(weights.values())) == 1 else self._plan.late.weighted(weights)
        fusion = late.in_store()
        if fusion is None:
            return f"no store ranks as {type(late).__name__} does with these params"
        if fusion.method not in self._store.capabilities.fusions:
            return f"the store does not run {fusion.method}"
        given: Mapping[str, float] = fusion.options.get("weights") or {}
        # Weights of the configuration may be for legs that this query has not.
        own = {name: weight for name, weight in given.items() if name in weights}
        if given and not any(own.get(name, 1.0) for name in weights):
            return "every leg has the weight 0"
        return replace(fusion, options={**fusion.options, "weights": own}) if given else fusion

    def _field(self, sources: Sequence[Source]) -> tuple[str, str]:
        """Return the one field that all sources search, or an empty name and why the store does not join them."""
        fields = {name for source in sources for name in source.fields}
        if len(fields) != 1 or any(not source.fields for source in sources):
            return "", "the legs search several fields, and a store joins points, not documents"
        (name,) = fields
        if any(source.leg.without and self._is_sparse(source) for source in sources):
            return "", "words are subtracted, and what has none but them would count"
        if name not in self._single:
            made = any(step.target == name for step in self._plan.translations)
            several = All((Compare("field", "=", name), Exists(ITEM_KEY)))
            self._single[name] = not made and self._store.count(several) == 0
        if not self._single[name]:
            return "", f"a document may have several points in {name}, and a store joins points, not documents"
        return name, ""

    def _shared(self, sources: Sequence[Source]) -> bool:
        """Whether some other field has vectors of the same names, so that the field must be asked for."""
        return any(len(self._plan.fields_in(source.leg.vector_name)) > 1 for source in sources)

    def _is_sparse(self, source: Source) -> bool:
        return self._plan.spaces[source.leg.vector_name].kind == "sparse"


def _has_ties(points: Sequence[ScoredPoint]) -> bool:
    return len({point.score for point in points}) < len(points)


def _with_payloads(
    sources: Sequence[Source], alone: Sequence[Sequence[ScoredPoint]], known: Sequence[Point | ScoredPoint]
) -> tuple[Result, ...]:
    """Return what each source found of the points that are ``known`` with their payload."""
    results = []
    for source, points in zip(sources, alone, strict=True):
        scores = {point.id: point.score for point in points}
        found = [ScoredPoint(each.id, scores[each.id], each.payload) for each in known if each.id in scores]
        results.append(PushedResult(source, {each.payload["doc"]: [each] for each in found}, bare=points))
    return tuple(results)
