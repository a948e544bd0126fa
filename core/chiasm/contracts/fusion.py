"""The fusion contracts: several vectors into one (early), several rankings into one (late), or both (hybrid)."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

from chiasm.contracts.component import Component, P
from chiasm.contracts.early_fusion import EarlyFusion
from chiasm.contracts.late_fusion import LateFusion, StoreFusion
from chiasm.contracts.ranking import Ranking, Rankings

__all__ = ["EarlyFusion", "HybridFusion", "LateFusion", "Ranking", "Rankings", "StoreFusion"]


class HybridFusion(Component[P]):
    """An early fusion and a late one, used together: a fused vector and each field's own, joined after search."""

    @property
    @abstractmethod
    def early(self) -> EarlyFusion[Any]:
        """The fusion that is run before indexing."""

    @property
    @abstractmethod
    def late(self) -> LateFusion[Any]:
        """The fusion that joins the fused vector's ranking with those of the fields."""
