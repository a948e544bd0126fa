"""Embedding spaces and payload indexes as the configuration and operations of ``qdrant_edge``."""

from __future__ import annotations

from collections.abc import Mapping

import qdrant_edge as engine

from chiasm.contracts.store import PayloadIndex
from chiasm.space import EmbeddingSpace
from chiasm_plugins.stores.edge_params import EdgeParams
from chiasm_plugins.stores.edge_points import BOOLS_KEY

_FULL_SCAN_KB = 10_000
"""Below this size of its vectors a segment is searched whole: Qdrant's own default, 6 700 vectors of 384 dimensions."""

_DISTANCES = {"cosine": engine.Distance.Cosine, "dot": engine.Distance.Dot, "euclid": engine.Distance.Euclid}

_INDEXES = {
    "keyword": engine.PayloadSchemaType.Keyword,
    "integer": engine.PayloadSchemaType.Integer,
    "float": engine.PayloadSchemaType.Float,
    "datetime": engine.PayloadSchemaType.Datetime,
}


def shard_config(spaces: Mapping[str, EmbeddingSpace], params: EdgeParams) -> engine.EdgeConfig:
    """Return the engine's configuration for the vectors of ``spaces``."""
    dims = [space.dim for space in spaces.values() if space.kind == "dense"]
    indexing_kb = (params.index_after * min(dims) * 4 - 1) // 1024 if dims else None
    return engine.EdgeConfig(
        vectors={name: _vector_config(space, params) for name, space in spaces.items() if space.kind != "sparse"},
        sparse_vectors={
            name: engine.EdgeSparseVectorParams(modifier=engine.Modifier.Idf)
            for name, space in spaces.items()
            if space.kind == "sparse"
        },
        optimizers=engine.EdgeOptimizersConfig(indexing_threshold=indexing_kb),
    )


def _vector_config(space: EmbeddingSpace, params: EdgeParams) -> engine.EdgeVectorParams:
    multi = space.kind == "multi"
    quantize = params.quantization == "int8" and not multi
    return engine.EdgeVectorParams(
        size=space.dim,
        distance=_DISTANCES[space.metric],
        multivector_config=engine.MultiVectorConfig(engine.MultiVectorComparator.MaxSim) if multi else None,
        # A graph of multi-vectors takes a comparison of all with all tokens at each step: minutes for a few thousand.
        hnsw_config=engine.HnswIndexConfig(
            m=0 if multi else params.m, ef_construct=params.ef_construct, full_scan_threshold=_FULL_SCAN_KB
        ),
        quantization_config=engine.ScalarQuantizationConfig(
            engine.ScalarType.Int8, quantile=0.99, memory=engine.Memory.Pinned
        )
        if quantize
        else None,
    )


def new_vector(name: str, space: EmbeddingSpace) -> engine.UpdateOperation:
    """Return the operation that adds a vector name to a shard."""
    if space.kind == "sparse":
        return engine.UpdateOperation.create_sparse_vector(name, engine.Modifier.Idf)
    multi = engine.MultiVectorConfig(engine.MultiVectorComparator.MaxSim) if space.kind == "multi" else None
    return engine.UpdateOperation.create_dense_vector(name, space.dim, _DISTANCES[space.metric], multi)


def new_index(key: str, kind: PayloadIndex) -> engine.UpdateOperation:
    """Return the operation that indexes a payload key."""
    if kind == "bool":
        return engine.UpdateOperation.create_field_index(BOOLS_KEY, engine.PayloadSchemaType.Keyword)
    return engine.UpdateOperation.create_field_index(key, _INDEXES[kind])
