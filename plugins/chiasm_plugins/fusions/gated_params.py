"""Params of ``gated``."""

from __future__ import annotations

from pydantic import Field

from chiasm_plugins.fusions.neural_params import NeuralParams


class GatedParams(NeuralParams):
    """Params of ``gated``."""

    hidden: int = Field(128, ge=1, description="Width of the layer between a field and what passes its gate.")
