"""The trained part that gated, attention, low-rank and cross-attention fusions share, in torch."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional

from chiasm.fusion import FieldBatch

Fields = Sequence[tuple[torch.Tensor, torch.Tensor]]
"""Values and mask by field: float32 ``[n, d]`` and bool ``[n]``, or ``[n, t, d]`` and ``[n, t]``."""


class FusionNetwork(nn.Module):
    """Fields to a unit vector, and on from there to classes.

    Args:
        dims: Dimension of each field.
        dim: Dimensions of the fused vector.
        classes: How many classes; 0 for none.
    """

    def __init__(self, dims: Sequence[int], dim: int, classes: int) -> None:
        super().__init__()
        for at, size in enumerate(dims):
            self.register_buffer(f"centre_{at}", torch.zeros(size))
            self.register_buffer(f"scale_{at}", torch.ones(size))
        self.head = nn.Linear(dim, classes, bias=False) if classes else None
        # The sharpness of a softmax over cosines has to be learnt, since they lie between -1 and 1.
        self.sharpness = nn.Parameter(torch.tensor(math.log(10.0)))

    @abstractmethod
    def join(self, fields: Fields) -> torch.Tensor:
        """Fuse fields that are scaled and 0 where they are missing: float32 ``[n, dim]`` of any length."""

    def forward(self, fields: Fields) -> torch.Tensor:
        """Return unit vectors, float32 ``[n, dim]``."""
        return functional.normalize(self.join(self.scaled(fields)), dim=1)

    def scaled(self, fields: Fields) -> Fields:
        """Return fields of mean 0 and deviation 1 by dimension, 0 where they are missing."""
        scaled = []
        for at, (values, mask) in enumerate(fields):
            own = (values - self.get_buffer(f"centre_{at}")) * self.get_buffer(f"scale_{at}")
            scaled.append((torch.where(mask[..., None], own, 0.0), mask))
        return scaled

    def logits(self, fused: torch.Tensor) -> torch.Tensor:
        """Return ``[n, classes]`` for fused vectors."""
        if self.head is None:
            raise ValueError("this network was made without classes")
        cosines = fused @ functional.normalize(self.head.weight, dim=1).T
        return cosines * self.sharpness.exp().clamp(max=100)

    def standardise(self, batch: FieldBatch) -> None:
        """Learn each field's mean and deviation by dimension, from what is present."""
        for at, (name, values) in enumerate(batch.vectors.items()):
            rows = values[batch.present[name]].astype(np.float64)
            if not len(rows):
                continue
            deviation = rows.std(axis=0)
            # A dimension that hardly varies is not blown up to the size of the others.
            floor = max(1e-6, 1e-2 * float(deviation.mean()))
            self.get_buffer(f"centre_{at}").copy_(torch.from_numpy(rows.mean(axis=0)))
            self.get_buffer(f"scale_{at}").copy_(torch.from_numpy(1 / np.maximum(deviation, floor)))


def tensors(batch: FieldBatch) -> list[tuple[torch.Tensor, torch.Tensor]]:
    """Return a batch as tensors, in the order of its fields."""
    return [
        (torch.from_numpy(np.ascontiguousarray(values)), torch.from_numpy(np.ascontiguousarray(batch.present[name])))
        for name, values in batch.vectors.items()
    ]


def weights_of(network: nn.Module) -> dict[str, NDArray[Any]]:
    """Return a network's weights as arrays."""
    return {f"net.{name}": values.detach().numpy().copy() for name, values in network.state_dict().items()}


def set_weights(network: nn.Module, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Set a network's weights.

    Raises:
        RuntimeError: They do not fit the network.
    """
    own = {name.removeprefix("net."): values for name, values in arrays.items() if name.startswith("net.")}
    network.load_state_dict({name: torch.from_numpy(values.copy()) for name, values in own.items()})
    network.eval()
