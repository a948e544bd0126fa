"""The contracts that plugins implement."""

from chiasm.contracts.candidates import Candidates, candidates_of
from chiasm.contracts.component import PART, TUNING, Component, ModelInfo, NoParams, Params
from chiasm.contracts.early_fusion import EarlyFusion
from chiasm.contracts.encoder import Encoder, Prepared, Role, SparseVector, Vector, Vectors, check_vectors
from chiasm.contracts.engine import Engine, Failure, Sink
from chiasm.contracts.fusion import HybridFusion, LateFusion, Ranking, Rankings, StoreFusion
from chiasm.contracts.loader import Loader, LoaderParams
from chiasm.contracts.reranker import Candidate, Reranker
from chiasm.contracts.store import (
    Capabilities,
    FusedQuery,
    Point,
    ScoredPoint,
    Store,
    StoreSchema,
    VectorQuery,
)
from chiasm.contracts.trainable_fusion import TrainableFusion, TrainedParams
from chiasm.contracts.translator import Translator

__all__ = [
    "PART",
    "TUNING",
    "Candidate",
    "Candidates",
    "Capabilities",
    "Component",
    "EarlyFusion",
    "Encoder",
    "Engine",
    "Failure",
    "FusedQuery",
    "HybridFusion",
    "LateFusion",
    "Loader",
    "LoaderParams",
    "ModelInfo",
    "NoParams",
    "Params",
    "Point",
    "Prepared",
    "Ranking",
    "Rankings",
    "Reranker",
    "Role",
    "ScoredPoint",
    "Sink",
    "SparseVector",
    "Store",
    "StoreFusion",
    "StoreSchema",
    "TrainableFusion",
    "TrainedParams",
    "Translator",
    "Vector",
    "VectorQuery",
    "Vectors",
    "candidates_of",
    "check_vectors",
]
