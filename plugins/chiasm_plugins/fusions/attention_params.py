"""Params of ``attention``."""

from __future__ import annotations

from pydantic import Field, model_validator

from chiasm_plugins.fusions.neural_params import NeuralParams


class AttentionParams(NeuralParams):
    """Params of ``attention``."""

    heads: int = Field(4, ge=1, description="Attention heads; 'dim' is a multiple of it.")
    layers: int = Field(1, ge=0, description="Layers in which fields see each other before they are pooled.")

    @model_validator(mode="after")
    def _heads_share_the_dimensions(self) -> AttentionParams:
        if self.dim % self.heads:
            raise ValueError(f"'dim', {self.dim}, is no multiple of 'heads', {self.heads}")
        return self
