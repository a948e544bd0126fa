"""The pipeline under evaluation: what an evaluation asks of it, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from chiasm.config.model import ComponentChoice, Use
from chiasm.contracts import LateFusion
from chiasm.contracts.store import Store
from chiasm.errors import ChiasmError
from chiasm.evaluation.queries import JudgedQuery
from chiasm.plan.model import Plan
from chiasm.search.leg import Leg
from chiasm.search.query import Query
from chiasm.search.rankings import LegRankings
from chiasm.search.searcher import Searcher


class SearcherOn(Protocol):
    """Makes a searcher."""

    def __call__(self, store: Store[Any], *, calibrated: bool = False) -> Searcher:
        """Return a searcher on a store; ``calibrated`` for one that calibrates even where the pipeline does not."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Subject:
    """A pipeline whose store is open.

    Attributes:
        plan: Its plan.
        searcher: Searches its store.
        query: Makes a query of what was given by modality, a filter and a limit.
        fusion_name: Of its own late fusion, as tables show it.
        fusion: Makes a late fusion, checked and loaded.
        searcher_on: Makes a searcher on a store, with the same models.
        new_store: Makes a store of the embedded kind at a path, not yet open.
    """

    plan: Plan
    searcher: Searcher
    query: Callable[[Mapping[str, Any], str, int], Query]
    fusion_name: str
    fusion: Callable[[ComponentChoice], LateFusion[Any]]
    searcher_on: SearcherOn
    new_store: Callable[[Path], Store[Any]]


@dataclass(frozen=True, slots=True, eq=False)
class AskedQuery:
    """A query with its vectors, made once and asked as often as is wanted.

    Attributes:
        id: The query's id.
        query: The query; ``None`` where there is nothing to ask.
        legs: Its legs.
    """

    id: str
    query: Query | None
    legs: Sequence[Leg] = ()

    def ask(self, searcher: Searcher) -> LegRankings:
        """Return what each leg finds; nothing where there is nothing to ask."""
        if self.query is None:
            return LegRankings({}, {}, {})
        return searcher.rankings(self.legs, self.query)


def encode_queries(
    subject: Subject, queries: Sequence[JudgedQuery], depth: int, tell: Callable[[int], None] = lambda _: None
) -> list[AskedQuery]:
    """Make every query's vectors.

    Args:
        subject: The pipeline.
        queries: Its queries; one from which everything was taken has nothing to ask.
        depth: Documents that are asked of each leg.
        tell: Told how many are done.

    Raises:
        ChiasmError: A query cannot be answered or read; the place is that of the query.
    """
    asked = []
    for done, each in enumerate(queries, start=1):
        if not each.given:
            asked.append(AskedQuery(each.id, None))
            continue
        try:
            query = subject.query(each.given, each.condition, depth)
            asked.append(AskedQuery(each.id, query, subject.searcher.legs(query)))
        except ChiasmError as error:
            error.where = ": ".join(filter(None, (each.where, error.where)))
            raise
        tell(done)
    return asked


def label(choice: ComponentChoice) -> str:
    """Return a fusion's name in tables: its own, with its params where it has some."""
    if not isinstance(choice, Use):
        return choice
    given = ", ".join(f"{name}: {value}" for name, value in choice.params.items())
    return f"{choice.use} {{{given}}}" if given else choice.use
