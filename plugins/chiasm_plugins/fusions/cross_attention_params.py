"""Params of ``cross-attention``."""

from __future__ import annotations

from pydantic import Field, model_validator

from chiasm_plugins.fusions.neural_params import NeuralParams


class CrossAttentionParams(NeuralParams):
    """Params of ``cross-attention``."""

    heads: int = Field(4, ge=1, description="Attention heads; 'dim' is a multiple of it.")
    own_layers: int = Field(1, ge=0, description="Layers in which the tokens of a field see only each other.")
    layers: int = Field(2, ge=1, description="Layers after those, in which fields meet in the bottleneck.")
    bottleneck: int = Field(4, ge=1, description="Tokens through which all that fields tell each other passes.")
    max_tokens: int = Field(
        256, ge=1, description="Tokens of a field that are looked at, at most; of more, as many at even distances."
    )

    @model_validator(mode="after")
    def _heads_share_the_dimensions(self) -> CrossAttentionParams:
        if self.dim % self.heads:
            raise ValueError(f"'dim', {self.dim}, is no multiple of 'heads', {self.heads}")
        return self
