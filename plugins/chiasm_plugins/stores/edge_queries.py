"""Filters and queries in the terms of ``qdrant_edge``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import qdrant_edge as engine

from chiasm.contracts import FusedQuery, VectorQuery
from chiasm.filters import Filter
from chiasm.space import EmbeddingSpace
from chiasm_plugins.stores.edge_points import BOOLS_KEY, bool_word, to_vector
from chiasm_plugins.stores.fused_options import WeightedTerms, positive, rrf_options, taking_part, weighted_terms
from chiasm_plugins.stores.index_params import IndexParams
from chiasm_plugins.stores.plain_vectors import plain_vector
from chiasm_plugins.stores.qdrant_filter import Condition, translate

if TYPE_CHECKING:
    from qdrant_edge import ConditionType, ScoringQueryType


def to_filter(filter_: Filter) -> engine.Filter:
    """Return a filter of the engine.

    Raises:
        QueryError: A key is not a path.
    """
    return _filter(translate(filter_))


def _filter(clauses: Condition) -> engine.Filter:
    built = {clause: [_condition(each) for each in conditions] for clause, conditions in clauses.items()}
    return engine.Filter(must=built.get("must"), should=built.get("should"), must_not=built.get("must_not"))


def _condition(condition: Condition) -> ConditionType:  # noqa: PLR0911
    match condition:
        case {"key": key, "range": bounds}:
            dates = any(isinstance(bound, str) for bound in bounds.values())
            between = engine.RangeDateTime(**bounds) if dates else engine.RangeFloat(**bounds)
            return engine.FieldCondition(key, range=between)
        case {"key": key, "match": {"value": bool(value)}}:
            return engine.FieldCondition(BOOLS_KEY, match=engine.MatchValue(bool_word(key, value)))
        case {"key": key, "match": wanted}:
            ((way, operand),) = wanted.items()
            return engine.FieldCondition(key, match=_MATCHES[way](operand))
        case {"is_empty": {"key": key}}:
            return engine.IsEmptyCondition(key)
        case {"is_null": {"key": key}}:
            return engine.IsNullCondition(key)
        case {"has_id": ids}:
            return engine.HasIdCondition(set(ids))
    return _filter(condition)


_MATCHES = {
    "value": engine.MatchValue,
    "any": engine.MatchAny,
    "except": engine.MatchExcept,
    "prefix": engine.MatchPrefix,
}


class Questions:
    """Makes the engine's requests for queries on one collection.

    Args:
        spaces: The collection's.
        params: How the index is searched.
        where: The collection, for messages.
    """

    def __init__(self, spaces: Mapping[str, EmbeddingSpace], params: IndexParams, where: str) -> None:
        self._spaces = spaces
        self._params = params
        self._where = where

    def request(self, query: VectorQuery | FusedQuery) -> engine.QueryRequest:
        """Return the request for a query.

        Raises:
            StoreError: A vector is not of a space of the collection.
            QueryError: A limit, an option of a fusion or a filter's key is wrong.
        """
        if isinstance(query, VectorQuery):
            return engine.QueryRequest(with_payload=query.payload, **self._nearest(query))
        query = taking_part(query, self._where)
        terms = weighted_terms(query, self._where)
        return engine.QueryRequest(
            limit=positive(query.limit, self._where),
            query=self._fusion(query) if terms is None else engine.Formula(_formula(terms)),
            prefetches=[self._prefetch(source, query.fusion.method) for source in query.sources.values()]
            if terms is None
            else [self._terms(source, terms.k) for source in query.sources.values()],
            with_payload=True,
        )

    def _terms(self, query: VectorQuery, k: int | None) -> engine.Prefetch:
        """Return a source fused by itself, so that its points score as terms of RRF or DBSF."""
        alone = engine.Fusion.Dbsf() if k is None else engine.Fusion.Rrf(k)
        prefetch = self._prefetch(query, "dbsf" if k is None else "rrf")
        return engine.Prefetch(limit=query.limit, query=alone, prefetches=[prefetch])  # type: ignore[arg-type]

    def _nearest(self, query: VectorQuery) -> dict[str, Any]:
        vector = plain_vector(query.name, query.vector, self._spaces, f"{self._where}, query")
        rescored = engine.QuantizationSearchParams(rescore=True, oversampling=self._params.oversampling)
        return {
            "limit": positive(query.limit, self._where),
            "query": engine.Query.Nearest(to_vector(vector), using=query.name),
            "filter": to_filter(query.filter) if query.filter is not None else None,
            "params": engine.SearchParams(
                hnsw_ef=self._params.ef,
                exact=query.exact,
                quantization=rescored if self._params.quantization == "int8" else None,
            ),
        }

    def _prefetch(self, query: VectorQuery, method: str) -> engine.Prefetch:
        prefetch = engine.Prefetch(**self._nearest(query))
        if method == "rrf" or self._spaces[query.name].metric != "euclid":
            return prefetch
        # The engine's DBSF takes greater for better, also where the score is a distance.
        nearness = engine.Formula(engine.Expression.Neg(engine.Expression.Variable("$score")))
        return engine.Prefetch(limit=query.limit, query=nearness, prefetches=[prefetch])

    def _fusion(self, query: FusedQuery) -> ScoringQueryType:
        if query.fusion.method == "dbsf":
            return engine.Fusion.Dbsf()  # type: ignore[return-value]  # the stubs forget that it is a Fusion
        k, weights = rrf_options(query, self._where)
        return engine.Fusion.Rrf(k, weights)  # type: ignore[return-value]  # likewise


def _formula(terms: WeightedTerms) -> engine.Expression:
    each = [engine.Expression.Variable(f"$score[{at}]") for at in range(len(terms.weights))]
    powers = [engine.Expression.Mult([one, one]) for one in each] if terms.squared else each
    weighed = [
        engine.Expression.Mult([engine.Expression.Constant(weight), power])
        for weight, power in zip(terms.weights, powers, strict=True)
    ]
    total = engine.Expression.Sum(weighed)
    if not terms.squared:
        return total
    found = [engine.Expression.Div(one, one, by_zero_default=0.0) for one in each]
    return engine.Expression.Mult([total, engine.Expression.Sum(found)])
