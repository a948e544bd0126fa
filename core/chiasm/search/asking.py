"""Asks the store: each source of a search by itself, deep enough that there are as many documents as are wanted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from chiasm.config.model import Calibrate
from chiasm.contracts.fusion import Ranking
from chiasm.contracts.store import ScoredPoint, Store, VectorQuery
from chiasm.filters import Compare, Filter, all_of
from chiasm.plan.model import Plan
from chiasm.search.calibration import Calibration
from chiasm.search.leg import Leg

DEPTH = 50
"""Points asked of each source at first; several may belong to one document, so more are asked where too few come."""

MAX_DEPTH = 5_000


def first_depth(documents: int) -> int:
    """Return how many points each source is asked for at first where so many documents are wanted."""
    return max(DEPTH, 3 * documents)


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """A leg in some of the fields that it can find: what ranks documents by itself.

    Attributes:
        name: Name of the ranking.
        leg: The leg.
        fields: Fields that are searched.
        weight: How much it counts beside other sources.
    """

    name: str
    leg: Leg
    fields: tuple[str, ...]
    weight: float = 1.0


@dataclass(eq=False)
class Result:
    """What a source found, by document: the best point first."""

    source: Source
    points: dict[str, list[ScoredPoint]] = field(default_factory=dict)
    exhausted: bool = True
    calibrated: dict[str, float] = field(default_factory=dict)

    def score(self, point: ScoredPoint) -> float:
        """Return a point's score as documents are ranked by it: calibrated where the search calibrates."""
        return self.calibrated.get(point.id, point.score)

    def order(self, point: ScoredPoint) -> tuple[float, str]:
        """Return what points are sorted by, the best first."""
        return -self.score(point), point.id

    @property
    def documents(self) -> int:
        """How many documents it found."""
        return len(self.points)

    @cached_property
    def ranking(self) -> Ranking:
        """The documents by their best points."""
        return Ranking.from_scores({document: self.score(points[0]) for document, points in self.points.items()})

    @cached_property
    def ranks(self) -> Mapping[str, int]:
        """The rank of each document, from 1."""
        return {document: rank for rank, document in enumerate(self.ranking.ids, start=1)}


class Asker:
    """Asks a store by a plan.

    Args:
        plan: The plan.
        store: Open.
        fields: Fields that are searched; every one when ``None``.
        calibrate: How scores of different fields and spaces are made comparable.
    """

    def __init__(
        self, plan: Plan, store: Store[Any], fields: Sequence[str] | None = None, calibrate: Calibrate = "none"
    ) -> None:
        self._plan = plan
        self._store = store
        self._fields = fields
        self._calibration = None if calibrate == "none" else Calibration(plan, store, calibrate)
        self._stored_fields: dict[str, bool] = {}

    def source(self, leg: Leg) -> Source:
        """Return the leg in every field that has points."""
        return Source(leg.name, leg, self.fields_with_points(leg.vector_name), leg.weight)

    def sources(self, legs: Sequence[Leg]) -> list[Source]:
        """Return what ranks documents: the legs, or with a hybrid fusion each leg in each of its fields by itself.

        Legs into fields that the configuration leaves out are left out, unless none would be left.
        """
        hybrid = self._plan.hybrid
        if hybrid is None:
            sources = [self.source(leg) for leg in legs if self._is_searched(leg)]
        else:
            sources = [
                Source(f"{leg.name}/{name}", leg, (name,), leg.weight * hybrid.fusion.weight(name))
                for leg in legs
                for name in self.fields_with_points(leg.vector_name)
            ]
        return [source for source in sources if source.weight > 0] or [self.source(leg) for leg in legs]

    def _is_searched(self, leg: Leg) -> bool:
        return self._fields is None or any(name in self._fields for name in self._plan.fields_in(leg.vector_name))

    def fields_with_points(self, vector_name: str) -> tuple[str, ...]:
        """Return the searched fields that have vectors of a name, and points in the store."""
        fields = self._plan.fields_in(vector_name)
        for name in fields:
            if name not in self._stored_fields:
                searched = self._fields is None or name in self._fields
                self._stored_fields[name] = searched and self._store.count(Compare("field", "=", name)) > 0
        return tuple(name for name in fields if self._stored_fields[name])

    def ask(
        self, sources: Sequence[Source], condition: Filter | None, documents: int, *, exact: bool = False
    ) -> list[Result]:
        """Return what each source found: at least so many documents, where there are as many.

        Args:
            sources: What is asked.
            condition: Which points are considered.
            documents: How many are wanted of each source.
            exact: Whether to compare with every vector that meets the condition.

        Raises:
            StoreError: The store failed.
        """
        depth = first_depth(documents)
        while True:
            results = self._ask_at_depth(sources, condition, depth, exact)
            # Many points may be spans of few documents: look deeper until there are enough documents.
            enough = all(len(result.points) >= documents or result.exhausted for result in results)
            if enough or depth >= MAX_DEPTH:
                return results
            depth *= 4

    def _ask_at_depth(
        self, sources: Sequence[Source], condition: Filter | None, depth: int, exact: bool
    ) -> list[Result]:
        results = [Result(source) for source in sources]
        queries, owners = [], []
        for result in results:
            leg, fields = result.source.leg, result.source.fields
            whole = len(self.fields_with_points(leg.vector_name)) == 1
            for name in fields:
                # Each field is asked by itself, so that a common one (text) cannot crowd out a rare one (pictures).
                own = None if whole and not self._fields else Compare("field", "=", name)
                queries.append(VectorQuery(leg.vector_name, leg.vector, depth, all_of([own, condition]), exact))
                owners.append((result, name))
        for (owner, name), points in zip(owners, self._store.search(queries), strict=True):
            owner.exhausted = owner.exhausted and len(points) < depth
            if self._calibration is not None:
                leg = owner.source.leg
                scores = self._calibration.scores(leg.vector_name, leg.vector, name, points)
                owner.calibrated.update(zip((point.id for point in points), scores.tolist(), strict=True))
            sparse = self._plan.spaces[owner.source.leg.vector_name].kind == "sparse"
            for point in points:
                # Words that are subtracted leave documents that have none but them at or below 0.
                if not sparse or point.score > 0:
                    owner.points.setdefault(point.payload["doc"], []).append(point)
        for result in results:
            for found in result.points.values():
                found.sort(key=result.order)
        return results
