"""A small collection: spaces of every metric, and points of which some lack some vectors."""

from __future__ import annotations

import uuid
from typing import Any

import numpy as np

from chiasm.contracts.encoder import SparseVector, Vector
from chiasm.contracts.store import Capabilities, Point, StoreSchema
from chiasm.filters import All, Compare, Either, Exists, Filter, In, Not
from chiasm.space import EmbeddingSpace

COSINE, DOT, EUCLID, SPARSE, MULTI = "words", "sight", "place", "keywords", "tokens"
DIMS = {COSINE: 8, DOT: 6, EUCLID: 3}

FILTERS: tuple[Filter, ...] = (
    Compare("field", "=", "text"),
    Compare("meta.year", ">=", 2015),
    Compare("meta.tags", "=", "雨"),
    Compare("meta.draft", "!=", True),
    In("doc", ("doc-1", "doc-4", "no such doc")),
    Exists("meta.rating"),
    Not(Exists("meta.rating")),
    All((Compare("field", "=", "image"), Compare("meta.year", "<", 2020))),
    Either((Compare("doc", "=", "doc-2"), Compare("meta.rating", ">", 3.5))),
)
"""Conditions of every form; ``chiasm.filter_semantics.matches`` says which points meet them."""


def schema(capabilities: Capabilities) -> StoreSchema:
    """Return what the collection holds, in a store of these capabilities."""
    spaces = {
        COSINE: EmbeddingSpace("words-model", DIMS[COSINE], revision="abc"),
        DOT: EmbeddingSpace("sight-model", DIMS[DOT], metric="dot", normalization="none"),
        EUCLID: EmbeddingSpace("place-model", DIMS[EUCLID], metric="euclid", normalization="none"),
    }
    if capabilities.sparse:
        spaces[SPARSE] = EmbeddingSpace("bm25", 0, metric="dot", kind="sparse", normalization="none")
    if capabilities.multivector:
        spaces[MULTI] = EmbeddingSpace("colbert", 4, kind="multi")
    return StoreSchema(spaces, {"doc": "keyword", "field": "keyword", "meta.year": "integer"}, "plan-1", "0.0.1")


def points(capabilities: Capabilities, count: int = 40) -> list[Point]:
    """Return points; half lack one of the vectors."""
    random = np.random.default_rng(7)
    return [_point(row, random, capabilities) for row in range(count)]


def point_id(name: object) -> str:
    """Return a UUID for a name."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, str(name)))


def query_of(name: str, seed: int = 1) -> Any:  # noqa: ANN401
    """Return a query vector for a dense space of the collection, float32 ``[dim]``."""
    return np.random.default_rng(seed).normal(size=DIMS[name]).astype(np.float32)


def score(name: str, query: Any, vector: Any) -> float:  # noqa: ANN401
    """Return what a store has to score: cosine, dot product, or the negative distance."""
    if name == COSINE:
        return float(query @ vector / np.linalg.norm(query) / np.linalg.norm(vector))
    return float(query @ vector) if name == DOT else -float(np.linalg.norm(query - vector))


def _point(row: int, random: np.random.Generator, capabilities: Capabilities) -> Point:
    vectors: dict[str, Vector] = {
        COSINE: _unit(random.normal(size=DIMS[COSINE])),
        EUCLID: random.normal(size=DIMS[EUCLID]).astype(np.float32),
    }
    sight = random.normal(size=DIMS[DOT]).astype(np.float32)
    if row % 2:
        vectors[DOT] = sight
    if capabilities.sparse and row % 3 == 0:
        indices = np.array([row % 5, 10 + row % 2], dtype=np.uint32)
        vectors[SPARSE] = SparseVector(indices, np.array([1.0 + row, 2.0], dtype=np.float32))
    tokens = _unit(random.normal(size=(1 + row % 3, 4)))
    if capabilities.multivector and row % 4 == 0:
        vectors[MULTI] = tokens
    meta: dict[str, Any] = {"year": 2000 + row, "draft": row % 2 == 0, "tags": ["dog", "雨", "a'b\"c"][: row % 4]}
    if row % 3 == 1:
        meta["rating"] = row / 8
    payload = {
        "doc": f"doc-{row // 2}",
        "field": "text" if row % 2 else "image",
        "title": f"Nº {row} \U0001f436",
        "meta": meta,
    }
    return Point(point_id(row), vectors, payload)


def _unit(values: Any) -> Any:  # noqa: ANN401
    return (values / np.linalg.norm(values, axis=-1, keepdims=True)).astype(np.float32)
