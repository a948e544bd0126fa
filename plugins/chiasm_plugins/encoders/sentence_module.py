"""The torch module of a sentence-transformers model with known parts: transformer, pooling, dense layers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import nn

from chiasm_plugins.encoders.quiet import quiet_transformers
from chiasm_plugins.encoders.sentence_stack import DenseLayer, SentenceStack


class SentenceModule(nn.Module):
    """Token ids to vectors that are not yet normalized.

    Args:
        transformer: Gives ``last_hidden_state``.
        pooling: Names of poolings, concatenated.
        dense: Layers after pooling.
    """

    def __init__(self, transformer: nn.Module, pooling: Sequence[str], dense: Sequence[nn.Module]) -> None:
        super().__init__()
        self.transformer = transformer
        self.pooling = tuple(pooling)
        self.dense = nn.Sequential(*dense)

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        """Return float32 ``[n, dim]`` for int64 ``[n, tokens]`` ids and mask, padded on the right."""
        tokens = self.transformer(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state.float()
        mask = attention_mask.unsqueeze(-1).float()
        pooled: torch.Tensor = self.dense(torch.cat([_pool(tokens, mask, mode) for mode in self.pooling], dim=-1))
        return pooled


def build_sentence_module(folder: Path, stack: SentenceStack) -> SentenceModule:
    """Load the weights, safetensors only, and put the parts together.

    Raises:
        OSError, ValueError: A file is missing or does not fit the configuration.
    """
    from transformers import AutoModel

    with quiet_transformers():
        transformer, report = AutoModel.from_pretrained(
            folder / stack.transformer,
            local_files_only=True,
            trust_remote_code=False,
            use_safetensors=True,
            dtype=torch.float32,
            output_loading_info=True,
        )
    missing = sorted(name for name in report["missing_keys"] if not name.startswith("pooler."))
    if missing:
        raise ValueError(f"its weights lack {len(missing)} that a {type(transformer).__name__} has, first {missing[0]}")
    if hasattr(transformer, "pooler"):
        transformer.pooler = None  # what it gives is not used
    return SentenceModule(transformer, stack.pooling, [_dense(folder, layer) for layer in stack.dense])


def _pool(tokens: torch.Tensor, mask: torch.Tensor, mode: str) -> torch.Tensor:
    match mode:
        case "cls":
            return tokens[:, 0]
        case "max":
            return tokens.masked_fill(mask == 0, float("-inf")).amax(dim=1)
        case "mean":
            return (tokens * mask).sum(dim=1) / mask.sum(dim=1).clamp(min=1e-9)
        case "mean_sqrt_len_tokens":
            return (tokens * mask).sum(dim=1) / mask.sum(dim=1).clamp(min=1e-9).sqrt()
    raise ValueError(f"unknown pooling {mode!r}")


def _dense(folder: Path, layer: DenseLayer) -> nn.Module:
    linear = nn.Linear(layer.in_features, layer.out_features, bias=layer.bias)
    weights = load_file(folder / layer.folder / "model.safetensors")
    linear.load_state_dict({name.removeprefix("linear."): tensor.float() for name, tensor in weights.items()})
    activation: nn.Module = getattr(nn, layer.activation)()
    return nn.Sequential(linear, activation)
