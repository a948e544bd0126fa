"""The torch module behind a late-interaction model: a transformer, a projection, unit vectors of tokens."""

from __future__ import annotations

from pathlib import Path

import torch
from safetensors import safe_open
from torch import nn
from transformers import AutoModel

from chiasm.errors import ModelUnavailable
from chiasm_plugins.encoders.late_interaction_model import LateInteractionModel
from chiasm_plugins.encoders.quiet import quiet_transformers


class TokenVectors(nn.Module):
    """Token ids to unit vectors, float32 ``[n, t, dim]``."""

    def __init__(self, transformer: nn.Module, projection: torch.Tensor | None) -> None:
        super().__init__()
        self.transformer = transformer
        self.projection: nn.Linear | None = None
        if projection is not None:
            self.projection = nn.Linear(projection.shape[1], projection.shape[0], bias=False)
            self.projection.weight = nn.Parameter(projection.float())

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        """Return the vectors of every token, those that are masked too."""
        hidden = self.transformer(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        if self.projection is not None:
            hidden = self.projection(hidden)
        return nn.functional.normalize(hidden.float(), dim=-1)


def build_token_vectors(folder: Path, model: LateInteractionModel, dim: int) -> TokenVectors:
    """Return the module with its weights.

    Raises:
        ModelUnavailable: The projection is missing, or gives another dimension than ``dim``.
    """
    with quiet_transformers():
        transformer = AutoModel.from_pretrained(
            folder, local_files_only=True, trust_remote_code=False, use_safetensors=True
        )
    projection = _projection(folder, model.projection) if model.projection else None
    given = model.hidden if projection is None else projection.shape[0]
    if given != dim:
        raise ModelUnavailable(
            f"the model gives {given} dimensions a token, not {dim}", where=str(folder), fix=f"Set 'dim: {given}'."
        )
    return TokenVectors(transformer, projection)


def _projection(folder: Path, name: str) -> torch.Tensor:
    with safe_open(folder / name, framework="pt") as weights:
        if "linear.weight" in weights.keys():  # noqa: SIM118  (it is a file, not a dict)
            tensor: torch.Tensor = weights.get_tensor("linear.weight")
            return tensor
    raise ModelUnavailable(
        "the model has no projection of token vectors ('linear.weight')", where=str(folder / name),
        fix="Take a ColBERT or PyLate model, or the transformer beneath it.",
    )  # fmt: skip
