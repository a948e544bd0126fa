"""The fusion contracts: several vectors into one (early), several rankings into one (late), or both (hybrid)."""

from chiasm.contracts.early_fusion import EarlyFusion
from chiasm.contracts.hybrid_fusion import HybridFusion
from chiasm.contracts.late_fusion import LateFusion, StoreFusion
from chiasm.contracts.ranking import Ranking, Rankings

__all__ = ["EarlyFusion", "HybridFusion", "LateFusion", "Ranking", "Rankings", "StoreFusion"]
