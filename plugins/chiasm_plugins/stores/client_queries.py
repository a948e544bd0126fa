"""Filters and queries in the terms of ``qdrant_client``."""

from __future__ import annotations

from collections.abc import Mapping

from qdrant_client import models

from chiasm.contracts import FusedQuery, VectorQuery
from chiasm.filters import Filter
from chiasm.space import EmbeddingSpace
from chiasm_plugins.stores.client_schema import to_vector
from chiasm_plugins.stores.fused_options import WeightedTerms, positive, rrf_options, taking_part, weighted_terms
from chiasm_plugins.stores.index_params import IndexParams
from chiasm_plugins.stores.plain_vectors import plain_vector
from chiasm_plugins.stores.qdrant_filter import translate


def to_filter(filter_: Filter | None) -> models.Filter | None:
    """Return a filter of the client; ``None`` for none.

    Raises:
        QueryError: A key is not a path.
    """
    return None if filter_ is None else models.Filter.model_validate(translate(filter_))


class Questions:
    """Makes the client's requests for queries on one collection.

    Args:
        spaces: The collection's.
        params: How the index is searched; ``None`` where there is none.
        where: The collection, for messages.
    """

    def __init__(self, spaces: Mapping[str, EmbeddingSpace], params: IndexParams | None, where: str) -> None:
        self._spaces = spaces
        self._params = params
        self._where = where

    def request(self, query: VectorQuery | FusedQuery) -> models.QueryRequest:
        """Return the request for a query.

        Raises:
            StoreError: A vector is not of a space of the collection.
            QueryError: A limit, an option of a fusion or a filter's key is wrong.
        """
        if isinstance(query, VectorQuery):
            nearest = self._nearest(query)
            return models.QueryRequest(
                query=nearest.query,
                using=nearest.using,
                filter=nearest.filter,
                params=nearest.params,
                limit=nearest.limit,
                with_payload=query.payload,
            )
        query = taking_part(query, self._where)
        terms = weighted_terms(query, self._where)
        return models.QueryRequest(
            query=self._fusion(query) if terms is None else models.FormulaQuery(formula=_formula(terms)),
            prefetch=[self._prefetch(source, query.fusion.method) for source in query.sources.values()]
            if terms is None
            else [self._terms(source, terms.k) for source in query.sources.values()],
            limit=positive(query.limit, self._where),
            with_payload=True,
        )

    def _terms(self, query: VectorQuery, k: int | None) -> models.Prefetch:
        """Return a source fused by itself, so that its points score as terms of RRF or DBSF."""
        alone = models.FusionQuery(fusion=models.Fusion.DBSF) if k is None else models.RrfQuery(rrf=models.Rrf(k=k))
        prefetch = self._prefetch(query, "dbsf" if k is None else "rrf")
        return models.Prefetch(prefetch=[prefetch], query=alone, limit=query.limit)

    def _nearest(self, query: VectorQuery) -> models.Prefetch:
        vector = plain_vector(query.name, query.vector, self._spaces, f"{self._where}, query")
        return models.Prefetch(
            query=models.NearestQuery(nearest=to_vector(vector)),
            using=query.name,
            filter=to_filter(query.filter),
            limit=positive(query.limit, self._where),
            params=self._search_params(query.exact),
        )

    def _search_params(self, exact: bool) -> models.SearchParams | None:
        if self._params is None:
            return None
        rescored = models.QuantizationSearchParams(rescore=True, oversampling=self._params.oversampling)
        return models.SearchParams(
            hnsw_ef=self._params.ef,
            exact=exact,
            quantization=rescored if self._params.quantization == "int8" else None,
        )

    def _prefetch(self, query: VectorQuery, method: str) -> models.Prefetch:
        prefetch = self._nearest(query)
        if method == "rrf" or self._spaces[query.name].metric != "euclid":
            return prefetch
        # Qdrant's DBSF takes greater for better, also where the score is a distance.
        nearness = models.FormulaQuery(formula=models.NegExpression(neg="$score"))
        return models.Prefetch(prefetch=[prefetch], query=nearness, limit=query.limit)

    def _fusion(self, query: FusedQuery) -> models.FusionQuery | models.RrfQuery:
        if query.fusion.method == "dbsf":
            return models.FusionQuery(fusion=models.Fusion.DBSF)
        k, weights = rrf_options(query, self._where)
        return models.RrfQuery(rrf=models.Rrf(k=k, weights=weights))


def _formula(terms: WeightedTerms) -> models.SumExpression | models.MultExpression:
    each = [f"$score[{at}]" for at in range(len(terms.weights))]
    total = models.SumExpression(
        sum=[
            models.MultExpression(mult=[weight, one, *([one] if terms.squared else [])])
            for weight, one in zip(terms.weights, each, strict=True)
        ]
    )
    if not terms.squared:
        return total
    found = [models.DivExpression(div=models.DivParams(left=one, right=one, by_zero_default=0.0)) for one in each]
    return models.MultExpression(mult=[total, models.SumExpression(sum=found)])
