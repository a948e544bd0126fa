from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from chiasm.contracts import Point, SparseVector, Store, StoreSchema
from chiasm.space import EmbeddingSpace
from chiasm_plugins.stores.client import QdrantStore
from chiasm_plugins.stores.client_params import QdrantParams
from chiasm_plugins.stores.edge import EdgeStore
from chiasm_plugins.stores.edge_params import EdgeParams

KINDS = ("edge", "memory", "folder")

SPACES = {
    "words": EmbeddingSpace("minilm", 8, revision="abc"),
    "sight": EmbeddingSpace("resnet", 6, metric="dot", normalization="none"),
    "place": EmbeddingSpace("geo", 3, metric="euclid", normalization="none"),
    "tokens": EmbeddingSpace("colbert", 4, kind="multi"),
    "keywords": EmbeddingSpace("bm25", 0, metric="dot", kind="sparse", normalization="none"),
}


def identify(name: object) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, str(name)))


def sparse(values: dict[int, float]) -> SparseVector:
    return SparseVector(np.array(list(values), dtype=np.uint32), np.array(list(values.values()), dtype=np.float32))


def unit(values: np.ndarray) -> np.ndarray:
    return (values / np.linalg.norm(values, axis=-1, keepdims=True)).astype(np.float32)


@pytest.fixture
def schema() -> StoreSchema:
    return StoreSchema(
        SPACES, {"doc": "keyword", "field": "keyword", "modalities": "keyword", "meta.year": "integer"}, "plan-1"
    )


@pytest.fixture
def make_store(tmp_path: Path) -> Iterator[Callable[..., Store[Any]]]:
    """Makes stores of a kind, all of one place, and closes them after the test."""
    made: list[Store[Any]] = []

    def make(kind: str = "edge", **params: Any) -> Store[Any]:
        if kind == "edge":
            params = {"path": tmp_path / "store", "reserve_mb": 0} | params
            made.append(EdgeStore(EdgeParams(**params)))
        else:
            params = {"path": Path(":memory:") if kind == "memory" else tmp_path / "store"} | params
            made.append(QdrantStore(QdrantParams(**params)))
        return made[-1]

    yield make
    for store in made:
        store.close()


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def store(kind: str, make_store: Callable[..., Store[Any]], schema: StoreSchema) -> Store[Any]:
    """An open store of each kind, empty."""
    store = make_store(kind)
    store.open(schema)
    return store


@pytest.fixture(scope="session")
def points() -> list[Point]:
    """Forty points; some lack some vectors."""
    random = np.random.default_rng(7)
    return [_point(row, random) for row in range(40)]


def _point(row: int, random: np.random.Generator) -> Point:
    vectors: dict[str, Any] = {"words": unit(random.normal(size=8)), "place": random.normal(size=3).astype(np.float32)}
    if row % 2:
        vectors["sight"] = random.normal(size=6).astype(np.float32)
    if row % 3 == 0:
        vectors["keywords"] = sparse({row % 5: 1.0 + row, 10 + row % 2: 2.0 + row / 100})
    if row % 4 == 0:
        vectors["tokens"] = unit(random.normal(size=(1 + row % 3, 4)))
    payload = {
        "doc": f"doc-{row // 2}",
        "field": "text" if row % 2 else "image",
        "modalities": ["text", "image"] if row % 5 else ["text"],
        "span": {"start": float(row), "end": row + 1.5},
        "title": f"Nº {row}",
        "meta": {"year": 2000 + row, "draft": row % 2 == 0, "tags": ["dog", "rain"][: row % 3]},
    }
    return Point(identify(row), vectors, payload)
