"""What a fused query asks for, checked: the options of its fusion and the number of its results."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from chiasm.contracts import FusedQuery
from chiasm.errors import QueryError, nearest_names

FUSIONS = frozenset({"rrf", "dbsf", "weighted-rrf", "weighted-dbsf", "isr"})
"""Methods of ``StoreFusion`` that Qdrant runs: two by itself, and the others by formulas over them."""

_QDRANT_K = 2
"""What Qdrant takes when no ``k`` is given."""


@dataclass(frozen=True, slots=True)
class WeightedTerms:
    """A fusion by formula: each source is first fused by itself, which makes terms of its scores; these are weighed.

    Attributes:
        weights: By source, in their order.
        k: ``k`` of the RRF that makes terms; ``None`` where DBSF does.
        squared: Whether terms are squared, and their sum is multiplied by the number of sources that have one.
    """

    weights: list[float]
    k: int | None
    squared: bool = False


def taking_part(query: FusedQuery, where: str) -> FusedQuery:
    """Return the query without sources of weight 0.

    Raises:
        QueryError: It has no source, the method is unknown, or weights are negative, not finite, all 0, or for a
            source that the query does not have.
    """
    if not query.sources:
        raise QueryError("a fused query needs a source", where=where)
    if query.fusion.method not in FUSIONS:
        raise QueryError(
            f"this store cannot fuse by {query.fusion.method!r}; it can by {', '.join(sorted(FUSIONS))}",
            where=where,
            nearest=nearest_names(query.fusion.method, FUSIONS),
        )
    given: Mapping[str, float] = query.fusion.options.get("weights") or {}
    for source, weight in given.items():
        if source not in query.sources:
            raise QueryError(
                f"a fusion has a weight for {source!r}, which is no source of the query",
                where=where,
                nearest=nearest_names(source, query.sources),
            )
        if not (weight >= 0 and math.isfinite(weight)):
            raise QueryError(f"weights of a fusion are finite and 0 or more, not {weight!r}", where=where)
    sources = {source: each for source, each in query.sources.items() if given.get(source, 1.0) > 0}
    if not sources:
        raise QueryError("every source of a fused query has the weight 0", where=where)
    weights = {source: weight for source, weight in given.items() if weight > 0}
    options = {**query.fusion.options} | ({"weights": weights} if given else {})
    return replace(query, sources=sources, fusion=replace(query.fusion, options=options))


def rrf_options(query: FusedQuery, where: str) -> tuple[int, list[float] | None]:
    """Return ``k`` and the sources' weights in their order, as Qdrant means them.

    A point's score is the sum over sources of ``1 / (k - 1 + rank / weight)``, ranks starting at 1; so ``k`` is one
    more than in Cormack, Clarke and Buettcher (SIGIR 2009), and a weight divides the rank.

    Raises:
        QueryError: ``k`` is below 1.
    """
    return _k(query, where), _weights(query) if query.fusion.options.get("weights") else None


def weighted_terms(query: FusedQuery, where: str) -> WeightedTerms | None:
    """Return the formula that a query asks for; ``None`` for a method that Qdrant runs by itself.

    Raises:
        QueryError: ``k`` is below 1.
    """
    match query.fusion.method:
        case "weighted-rrf":
            return WeightedTerms(_weights(query), _k(query, where))
        case "weighted-dbsf":
            return WeightedTerms(_weights(query), None)
        case "isr":
            return WeightedTerms(_weights(query), 1, squared=True)
        case _:
            return None


def positive(limit: int, where: str) -> int:
    """Return ``limit``.

    Raises:
        QueryError: It is below 1.
    """
    if limit < 1:
        raise QueryError(f"a limit of {limit} finds nothing", where=where)
    return limit


def _k(query: FusedQuery, where: str) -> int:
    k: Any = query.fusion.options.get("k", _QDRANT_K)
    if not isinstance(k, int) or k < 1:
        raise QueryError(f"RRF needs a whole number from 1 as its k, not {k!r}", where=where)
    return k


def _weights(query: FusedQuery) -> list[float]:
    """Return the weight of each source, in their order."""
    given = query.fusion.options.get("weights") or {}
    return [float(given.get(source, 1.0)) for source in query.sources]
