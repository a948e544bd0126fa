"""Embedding spaces, payload indexes and points in the terms of ``qdrant_client``, and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from qdrant_client import models

from chiasm.contracts import Point, SparseVector, Vector
from chiasm.space import EmbeddingSpace
from chiasm_plugins.stores.client_params import QdrantParams
from chiasm_plugins.stores.plain_vectors import PlainSparse, PlainVector

_DISTANCES = {
    "cosine": models.Distance.COSINE,
    "dot": models.Distance.DOT,
    "euclid": models.Distance.EUCLID,
}

_MAX_SIM = models.MultiVectorConfig(comparator=models.MultiVectorComparator.MAX_SIM)


def dense_configs(spaces: Mapping[str, EmbeddingSpace], params: QdrantParams) -> dict[str, models.VectorParams]:
    """Return the parameters of a new collection's dense and multi-vectors."""
    return {name: _dense_config(space, params) for name, space in spaces.items() if space.kind != "sparse"}


def _dense_config(space: EmbeddingSpace, params: QdrantParams) -> models.VectorParams:
    multi = space.kind == "multi"
    int8 = models.ScalarQuantizationConfig(type=models.ScalarType.INT8, quantile=0.99, always_ram=True)
    quantize = params.quantization == "int8" and not multi
    return models.VectorParams(
        size=space.dim,
        distance=_DISTANCES[space.metric],
        multivector_config=_MAX_SIM if multi else None,
        # A graph of multi-vectors takes a comparison of all with all tokens at each step.
        hnsw_config=models.HnswConfigDiff(m=0 if multi else params.m, ef_construct=params.ef_construct),
        quantization_config=models.ScalarQuantization(scalar=int8) if quantize else None,
    )


def sparse_configs(spaces: Mapping[str, EmbeddingSpace]) -> dict[str, models.SparseVectorParams]:
    """Return the parameters of a new collection's sparse vectors."""
    idf = models.SparseVectorParams(modifier=models.Modifier.IDF)
    return {name: idf for name, space in spaces.items() if space.kind == "sparse"}


def new_vector(space: EmbeddingSpace) -> models.VectorNameConfig:
    """Return the configuration of a vector name that is added to a collection."""
    if space.kind == "sparse":
        return models.SparseVectorNameConfig(sparse=models.SparseVectorConfig(modifier=models.Modifier.IDF))
    return models.DenseVectorNameConfig(
        dense=models.DenseVectorConfig(
            size=space.dim,
            distance=_DISTANCES[space.metric],
            multivector_config=_MAX_SIM if space.kind == "multi" else None,
        )
    )


def to_point(point: Point, vectors: Mapping[str, PlainVector]) -> models.PointStruct:
    """Return a point of the client; ``vectors`` are those of ``point``, plain."""
    return models.PointStruct(
        id=point.id,
        vector={name: to_vector(vector) for name, vector in vectors.items()},
        payload=dict(point.payload),
    )


def to_vector(vector: PlainVector) -> list[float] | list[list[float]] | models.SparseVector:
    """Return a vector as the client takes it."""
    if isinstance(vector, PlainSparse):
        return models.SparseVector(indices=vector.indices, values=vector.values)
    return vector


def from_record(record: models.Record) -> Point:
    """Return a point that was read, with the vectors that were asked for."""
    vectors = record.vector if isinstance(record.vector, dict) else {}
    return Point(str(record.id), _from_vectors(vectors), record.payload or {})


def _from_vectors(vectors: Mapping[str, Any]) -> dict[str, Vector]:
    return {
        name: _from_sparse(vector.indices, vector.values)
        if isinstance(vector, models.SparseVector)
        else np.array(vector, dtype=np.float32)
        for name, vector in vectors.items()
    }


def _from_sparse(indices: Sequence[int], values: Sequence[float]) -> SparseVector:
    order = np.argsort(indices)
    return SparseVector(np.array(indices, dtype=np.uint32)[order], np.array(values, dtype=np.float32)[order])
