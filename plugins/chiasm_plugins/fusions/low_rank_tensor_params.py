"""Params of ``low-rank-tensor``."""

from __future__ import annotations

from pydantic import Field

from chiasm_plugins.fusions.neural_params import NeuralParams


class LowRankTensorParams(NeuralParams):
    """Params of ``low-rank-tensor``."""

    rank: int = Field(4, ge=1, description="Terms of the tensor's decomposition.")
    hidden: int = Field(
        64,
        ge=0,
        description="Width of a layer before the product, for each field; 0 multiplies the vectors themselves.",
    )
