"""Fusion in the store gives what the formulas give, computed here from the rankings of its sources."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pytest

from chiasm import late_fusion
from chiasm.contracts import (
    FusedQuery,
    Point,
    Ranking,
    ScoredPoint,
    SparseVector,
    Store,
    StoreFusion,
    VectorQuery,
)
from chiasm.errors import QueryError, StoreError
from chiasm.filters import Compare


@pytest.fixture
def filled(store: Store[Any], points: list[Point]) -> Store[Any]:
    store.upsert(points)
    return store


def sources(limit: int = 12, **options: Any) -> dict[str, VectorQuery]:
    random = np.random.default_rng(5)
    keywords = SparseVector(np.array([2, 10], dtype=np.uint32), np.array([1.0, 0.5], dtype=np.float32))
    return {
        "by words": VectorQuery("words", random.normal(size=8).astype(np.float32), limit, **options),
        "by sight": VectorQuery("sight", random.normal(size=6).astype(np.float32), limit, **options),
        "by place": VectorQuery("place", random.normal(size=3).astype(np.float32), limit, **options),
        "by keywords": VectorQuery("keywords", keywords, limit, **options),
    }


def rankings(store: Store[Any], queries: Mapping[str, VectorQuery]) -> dict[str, list[ScoredPoint]]:
    return dict(zip(queries, store.search(list(queries.values())), strict=True))


def totals(terms: Mapping[str, Mapping[str, float]]) -> dict[str, float]:
    ids = {id_ for term in terms.values() for id_ in term}
    return {id_: sum(term.get(id_, 0.0) for term in terms.values()) for id_ in ids}


def assert_ranked_by(hits: Sequence[ScoredPoint], scores: Mapping[str, float], limit: int) -> None:
    """Compare scores, and ids where no other has the same score: the engine cuts ties as it likes."""
    best = sorted(scores.values(), reverse=True)[:limit]
    np.testing.assert_allclose([hit.score for hit in hits], best, rtol=1e-4, atol=1e-6)
    for hit in hits:
        assert hit.score == pytest.approx(scores[hit.id], rel=1e-4, abs=1e-6)


@pytest.mark.parametrize("k", [1, 2, 61])
@pytest.mark.parametrize("weights", [None, {"by sight": 3.0, "by place": 0.5}])
def test_rrf_is_the_sum_of_reciprocal_ranks(filled: Store[Any], k: int, weights: dict[str, float] | None) -> None:
    queries = sources()
    options: dict[str, Any] = {"k": k} | ({"weights": weights} if weights else {})
    (hits,) = filled.search([FusedQuery(queries, StoreFusion("rrf", options), 10)])
    weight = {name: (weights or {}).get(name, 1.0) for name in queries}
    terms = {
        name: {hit.id: 1 / (k - 1 + rank / weight[name]) for rank, hit in enumerate(ranking, start=1)}
        for name, ranking in rankings(filled, queries).items()
    }
    assert_ranked_by(hits, totals(terms), 10)


FUSIONS = [
    ("rrf", {}),
    ("rrf", {"k": 0}),
    ("rrf", {"weights": {"by sight": 3.0, "by place": 0.5}}),
    ("rrf", {"k": 5, "weights": {"by sight": 3.0, "by words": 0.0}}),
    ("rrf", {"weigh": "ranks", "weights": {"by sight": 3.0, "by place": 0.5}}),
    ("rrf", {"weigh": "ranks", "weights": {"by sight": 3.0, "by place": 0.0}}),
    ("comb-sum", {"normalization": "dbsf"}),
    ("weighted-sum", {"normalization": "dbsf"}),
    ("weighted-sum", {"normalization": "dbsf", "weights": {"by sight": 3.0, "by keywords": 0.0}}),
    ("isr", {}),
    ("isr", {"weights": {"by sight": 3.0, "by place": 0.5, "by words": 0.0}}),
]


@pytest.mark.parametrize("name, params", FUSIONS, ids=str)
@pytest.mark.parametrize("limit", [1, 12, 40])
def test_what_a_fusion_leaves_to_the_store_is_ranked_there_as_by_itself(
    filled: Store[Any], name: str, params: dict[str, Any], limit: int
) -> None:
    fusion = late_fusion(name, **params)
    in_store = fusion.in_store()
    assert in_store is not None
    assert in_store.method in filled.capabilities.fusions
    queries = sources(limit)
    (hits,) = filled.search([FusedQuery(queries, in_store, 10)])
    ranked = {
        name: Ranking(tuple(hit.id for hit in ranking), np.array([hit.score for hit in ranking]))
        for name, ranking in rankings(filled, queries).items()
    }
    fused = fusion.fuse(ranked)
    assert_ranked_by(hits, fused.to_dict(), 10)
    if len(set(fused.scores.astype(np.float32)[:11])) == len(fused.scores[:11]):
        assert tuple(hit.id for hit in hits) == fused.ids[:10]


@pytest.mark.parametrize(
    "name, params",
    [
        ("rrf", {"coverage": "available"}),
        ("weighted-sum", {}),
        ("weighted-sum", {"normalization": "none"}),
        ("weighted-sum", {"normalization": "dbsf", "coverage": "available"}),
        ("comb-sum", {}),
        ("comb-mnz", {"normalization": "dbsf"}),
        ("borda", {}),
        ("product", {}),
    ],
    ids=str,
)
def test_what_no_store_ranks_alike_is_fused_here(name: str, params: dict[str, Any]) -> None:
    assert late_fusion(name, **params).in_store() is None


def test_dbsf_is_the_sum_of_scores_within_three_deviations_and_nearer_is_better(filled: Store[Any]) -> None:
    queries = sources()
    (hits,) = filled.search([FusedQuery(queries, StoreFusion("dbsf"), 10)])
    terms = {}
    for name, ranking in rankings(filled, queries).items():
        scores = np.array([hit.score for hit in ranking])
        low, deviation = scores.mean() - 3 * scores.std(ddof=1), scores.std(ddof=1)
        terms[name] = {hit.id: (hit.score - low) / (6 * deviation) for hit in ranking}
    assert_ranked_by(hits, totals(terms), 10)


def test_a_source_that_finds_nothing_takes_no_part(filled: Store[Any]) -> None:
    queries = sources()
    nothing = SparseVector(np.array([77], dtype=np.uint32), np.ones(1, dtype=np.float32))
    for fusion in (StoreFusion("rrf", {"k": 61}), StoreFusion("dbsf")):
        alone = {"by words": queries["by words"]}
        with_nothing = alone | {"by keywords": VectorQuery("keywords", nothing, 12)}
        one, both = filled.search([FusedQuery(alone, fusion, 10), FusedQuery(with_nothing, fusion, 10)])
        assert [hit.id for hit in both] == [hit.id for hit in one]


def test_each_source_has_its_own_limit_and_filter(filled: Store[Any]) -> None:
    queries = sources(limit=2, filter=Compare("field", "=", "text"))
    (hits,) = filled.search([FusedQuery(queries, StoreFusion("rrf", {"k": 61}), 50)])
    alone = {hit.id for ranking in rankings(filled, queries).values() for hit in ranking}
    assert {hit.id for hit in hits} == alone
    assert all(hit.payload["field"] == "text" for hit in hits)


def test_fused_and_plain_queries_are_answered_together(filled: Store[Any]) -> None:
    queries = sources()
    fused = FusedQuery(queries, StoreFusion("rrf", {"k": 61}), 10)
    together = filled.search([queries["by words"], fused, queries["by place"]])
    apart = [filled.search([each])[0] for each in (queries["by words"], fused, queries["by place"])]
    assert [[hit.id for hit in hits] for hits in together] == [[hit.id for hit in hits] for hits in apart]


@pytest.mark.parametrize(
    "options, message",
    [
        ({"k": 0}, "from 1"),
        ({"weights": {"by wrods": 2.0}}, "by words"),
        ({"weights": {"by words": -1.0}}, "0 or more"),
        ({"weights": {"by words": float("nan")}}, "finite"),
    ],
)
@pytest.mark.parametrize("method", ["rrf", "weighted-rrf"])
def test_wrong_options_of_rrf_are_refused(
    filled: Store[Any], method: Any, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(QueryError, match=message):
        filled.search([FusedQuery(sources(), StoreFusion(method, options), 10)])


@pytest.mark.parametrize("method", ["rrf", "weighted-dbsf", "isr"])
def test_weights_that_leave_no_source_are_refused(filled: Store[Any], method: Any) -> None:
    weights = dict.fromkeys(sources(), 0.0)
    with pytest.raises(QueryError, match="every source"):
        filled.search([FusedQuery(sources(), StoreFusion(method, {"weights": weights}), 10)])


def test_a_method_that_no_store_knows_is_refused(filled: Store[Any]) -> None:
    unknown: Any = "wieghted-rrf"
    with pytest.raises(QueryError, match="weighted-rrf"):
        filled.search([FusedQuery(sources(), StoreFusion(unknown), 10)])


@pytest.mark.parametrize(
    "make", [lambda: FusedQuery({}, StoreFusion("dbsf"), 5), lambda: FusedQuery(sources(), StoreFusion("dbsf"), 0)]
)
def test_a_fused_query_without_sources_or_results_is_refused(
    filled: Store[Any], make: Callable[[], FusedQuery]
) -> None:
    with pytest.raises(QueryError):
        filled.search([make()])


def test_a_source_of_another_space_is_refused(filled: Store[Any]) -> None:
    wrong = {"by words": VectorQuery("words", np.ones(6, dtype=np.float32), 5)}
    with pytest.raises(StoreError, match=r"\[6\] where \[8\]"):
        filled.search([FusedQuery(wrong, StoreFusion("dbsf"), 5)])
