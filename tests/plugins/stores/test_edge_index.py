"""The embedded store before, while and after its index is built."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import qdrant_edge

from chiasm.contracts import Point, Store, StoreSchema, VectorQuery
from chiasm.errors import StoreError
from chiasm.filters import Compare, Not
from chiasm.space import EmbeddingSpace
from chiasm_plugins.stores.edge import EdgeStore
from chiasm_plugins.stores.edge_params import EdgeParams

Make = Callable[..., Store[Any]]
DIM = 1024
COUNT = 2_600
"""10.6 MB of vectors: more than the size below which a segment is searched whole."""
SCHEMA = StoreSchema(
    {"words": EmbeddingSpace("m", DIM), "tokens": EmbeddingSpace("colbert", 4, kind="multi")}, {"doc": "keyword"}
)


def clustered(count: int, seed: int) -> np.ndarray:
    centres = np.random.default_rng(0).normal(size=(60, DIM))
    random = np.random.default_rng(seed)
    vectors = centres[random.integers(len(centres), size=count)] + random.normal(size=(count, DIM))
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def number(row: int) -> str:
    return str(uuid.UUID(int=row + 1))


def write(store: Store[Any], vectors: np.ndarray, start: int = 0) -> None:
    store.upsert(
        [
            Point(number(row), {"words": vector}, {"doc": f"doc-{row}", "even": row % 2 == 0})
            for row, vector in enumerate(vectors, start)
        ]
    )


def recall(store: Store[Any], vectors: np.ndarray, queries: np.ndarray, **options: Any) -> float:
    found = store.search([VectorQuery("words", query, 10, **options) for query in queries])
    nearest = np.argsort(-(queries @ vectors.T), axis=1)[:, :10]
    hits = [
        len({hit.id for hit in ranking} & {number(row) for row in rows})
        for ranking, rows in zip(found, nearest, strict=True)
    ]
    return sum(hits) / (10 * len(queries))


@pytest.fixture(scope="module")
def vectors() -> np.ndarray:
    return clustered(COUNT, seed=1)


@pytest.fixture(scope="module", params=["int8", "none"])
def optimized(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, vectors: np.ndarray
) -> Iterator[EdgeStore]:
    path = tmp_path_factory.mktemp(f"optimized-{request.param}")
    store = EdgeStore(EdgeParams(path=path, reserve_mb=0, index_after=COUNT, quantization=request.param))
    store.open(SCHEMA)
    write(store, vectors)
    assert store.wants_optimizing
    store.optimize()
    assert not store.wants_optimizing
    yield store
    store.close()


def test_a_search_before_the_index_is_built_finds_the_nearest(make_store: Make, vectors: np.ndarray) -> None:
    store = make_store("edge")
    store.open(SCHEMA)
    write(store, vectors[:1_000])
    assert recall(store, vectors[:1_000], clustered(20, seed=2)) == 1.0


def test_the_index_finds_nearly_all_that_an_exact_search_finds(optimized: EdgeStore, vectors: np.ndarray) -> None:
    queries = clustered(100, seed=2)
    assert recall(optimized, vectors, queries, exact=True) == 1.0
    assert recall(optimized, vectors, queries) >= 0.98


def test_a_filtered_search_of_the_index_keeps_its_recall(optimized: EdgeStore, vectors: np.ndarray) -> None:
    queries = clustered(50, seed=3)
    (hits,) = optimized.search([VectorQuery("words", queries[0], 10, Compare("even", "=", False))])
    assert all(not hit.payload["even"] for hit in hits)
    even = np.where((np.arange(COUNT) % 2 == 0)[:, None], vectors, -vectors)
    assert recall(optimized, even, queries, filter=Compare("even", "=", True)) >= 0.98


def test_points_written_after_the_index_was_built_are_found_and_deleted_ones_are_not(
    optimized: EdgeStore, vectors: np.ndarray
) -> None:
    new = clustered(200, seed=4)
    write(optimized, new, start=COUNT)
    assert recall(optimized, np.concatenate([vectors, new]), new[:50]) >= 0.98
    optimized.delete(Not(Compare("doc", "=", "doc-0")) & Compare("doc", "=", f"doc-{COUNT}"))
    (hits,) = optimized.search([VectorQuery("words", new[0], 5)])
    assert number(COUNT) not in {hit.id for hit in hits}
    optimized.delete(Compare("even", "=", True) & Compare("doc", "!=", "doc-0"))
    for row in range(COUNT, COUNT + 200):
        optimized.delete(Compare("doc", "=", f"doc-{row}"))
    write(optimized, vectors)
    assert optimized.count() == COUNT
    assert recall(optimized, vectors, clustered(20, seed=5)) >= 0.98


def indexed(store: Store[Any], tmp_path: Path) -> int:
    store.close()
    shard = qdrant_edge.EdgeShard.load(str(tmp_path / "store" / "shard"))
    count = shard.info().indexed_vectors_count
    shard.close()
    return count


def test_optimizing_is_asked_for_when_enough_vectors_of_one_name_wait(make_store: Make) -> None:
    store = make_store("edge", index_after=100)
    store.open(SCHEMA)
    vectors = clustered(100, seed=6)
    write(store, vectors[:99])
    assert not store.wants_optimizing
    store.upsert([Point(number(500 + row), {"tokens": np.ones((2, 4), dtype=np.float32)}, {}) for row in range(200)])
    assert not store.wants_optimizing, "multi-vectors have no index"
    write(store, vectors[99:], start=99)
    assert store.wants_optimizing
    store.close()
    store.open(SCHEMA)
    assert store.wants_optimizing
    store.optimize()
    assert not store.wants_optimizing
    store.close()
    store.open(SCHEMA)
    assert not store.wants_optimizing
    assert store.count() == 300


def test_what_waits_for_the_index_is_noted_at_every_flush(make_store: Make, tmp_path: Path) -> None:
    store = make_store("edge", flush_every=50)
    store.open(SCHEMA)
    write(store, clustered(49, seed=7))
    description = tmp_path / "store" / "chiasm.json"
    assert json.loads(description.read_text())["unindexed"] == {}
    write(store, clustered(1, seed=8), start=49)
    assert json.loads(description.read_text())["unindexed"] == {"words": 50}


def test_a_disk_without_room_for_a_second_copy_is_not_filled_by_optimizing(make_store: Make) -> None:
    store = make_store("edge", index_after=1)
    store.open(SCHEMA)
    write(store, clustered(10, seed=9))
    store.close()
    store = make_store("edge", index_after=1)
    store.open(SCHEMA)
    object.__setattr__(store.params, "reserve_mb", 10**9)
    with pytest.raises(StoreError, match="MB left"):
        store.optimize()
    object.__setattr__(store.params, "reserve_mb", 0)
    assert store.count() == 10


def test_an_index_is_built_anew_when_its_params_have_changed(
    make_store: Make, vectors: np.ndarray, tmp_path: Path
) -> None:
    queries = clustered(20, seed=10)
    for params in ({"quantization": "none", "m": 8}, {"quantization": "int8", "m": 16, "ef": 64}):
        store = make_store("edge", index_after=COUNT, **params)
        store.open(SCHEMA)
        if store.count() == 0:
            write(store, vectors)
        store.optimize()
        assert recall(store, vectors, queries) >= 0.95
        assert indexed(store, tmp_path) == COUNT
