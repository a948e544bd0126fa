"""Data for early fusions: classes that show, with noise, in two or three fields."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from chiasm import early_fusion
from chiasm.contracts import EarlyFusion, TrainableFusion

DIMS = {"audio": 5, "image": 7, "text": 4}

QUICK = {"dim": 8, "epochs": 4, "batch": 32}
PARAMS = {
    "concat": {"scale": "standard", "pca": 6, "whiten": True},
    "cca": {"dim": 3},
    "gated": QUICK,
    "attention": {**QUICK, "heads": 2},
    "low-rank-tensor": QUICK,
    "weighted-mean": {},
    "tensor": {},
}
"""Every early fusion over dense vectors."""

TRAINED = [name for name in PARAMS if name not in ("weighted-mean", "tensor")]
NEURAL = ["gated", "attention", "low-rank-tensor"]


@dataclass
class Data:
    vectors: dict[str, np.ndarray]
    classes: np.ndarray

    def part(self, rows) -> Data:
        return Data({name: values[rows] for name, values in self.vectors.items()}, self.classes[rows])

    def masks(self, seed: int = 0, share: float = 0.3) -> dict[str, np.ndarray]:
        """Random masks; every document keeps at least one field."""
        random = np.random.default_rng(seed)
        kept = random.random((len(self.classes), len(self.vectors))) >= share
        kept[np.arange(len(kept)), random.integers(len(self.vectors), size=len(kept))] = True
        return {name: kept[:, at] for at, name in enumerate(self.vectors)}


def made(seed: int, count: int, noise: float = 1.0, classes: int = 4, dims: dict[str, int] | None = None) -> Data:
    dims = dims or DIMS
    centres = np.random.default_rng(99)
    means = {name: centres.normal(size=(classes, dim)) for name, dim in dims.items()}
    random = np.random.default_rng(seed)
    labels = random.integers(classes, size=count)
    vectors = {
        name: (means[name][labels] + noise * random.normal(size=(count, dim))).astype(np.float32)
        for name, dim in dims.items()
    }
    return Data(vectors, labels)


def ready(name: str, seed: int = 1, **params) -> EarlyFusion:
    """The fusion, trained where it can be."""
    fusion = early_fusion(name, **{**PARAMS[name], **params})
    data = data_for(name, seed)
    return fusion.fit(data.vectors, target=data.classes) if isinstance(fusion, TrainableFusion) else fusion


def data_for(name: str, seed: int, count: int = 120) -> Data:
    """Data that the fusion takes: for weighted-mean, fields of one dimension."""
    return made(seed, count, dims=dict.fromkeys(DIMS, 6) if name == "weighted-mean" else None)
