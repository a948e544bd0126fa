"""The towers of a model of text and one other modality as torch modules, each with its own weights alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import nn

from chiasm.errors import ModelUnavailable
from chiasm_plugins.encoders.hub import ModelFiles
from chiasm_plugins.encoders.image_recipe import ImageRecipe
from chiasm_plugins.encoders.quiet import quiet_transformers


class TextTower(nn.Module):
    """Token ids to vectors.

    Args:
        model: Of transformers, with ``get_text_features``.
    """

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor | None = None) -> torch.Tensor:
        """Return ``[n, dim]`` for int64 ``[n, tokens]``."""
        return _vectors(self.model.get_text_features(input_ids=input_ids, attention_mask=attention_mask))


class ImageTower(nn.Module):
    """Pictures as uint8 to vectors.

    Args:
        model: Of transformers, with ``get_image_features``.
        recipe: Has how pixels are scaled.
    """

    def __init__(self, model: nn.Module, recipe: ImageRecipe) -> None:
        super().__init__()
        self.model = model
        self.register_buffer(
            "scale", torch.tensor(recipe.scale, dtype=torch.float32).view(1, 3, 1, 1), persistent=False
        )
        self.register_buffer(
            "shift", torch.tensor(recipe.shift, dtype=torch.float32).view(1, 3, 1, 1), persistent=False
        )

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        """Return ``[n, dim]`` for uint8 ``[n, 3, height, width]``."""
        return _vectors(self.model.get_image_features(pixel_values=pixels.float() * self.scale + self.shift))


class PreparedImageTower(nn.Module):
    """Pictures as transformers' image processor prepared them to vectors.

    Args:
        model: Of transformers, with ``get_image_features``.
    """

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, **inputs: torch.Tensor) -> torch.Tensor:
        """Return ``[n, dim]`` for the processor's arrays."""
        return _vectors(self.model.get_image_features(**inputs))


class AudioTower(nn.Module):
    """Windows of sound as log-mel spectrograms to vectors.

    Args:
        model: Of transformers, with ``get_audio_features``.
    """

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, input_features: torch.Tensor) -> torch.Tensor:
        """Return ``[n, dim]`` for float32 ``[n, views, frames, mels]``."""
        # A window is never longer than what the model hears at once.
        longer = torch.zeros((input_features.shape[0], 1), dtype=torch.bool, device=input_features.device)
        return _vectors(self.model.get_audio_features(input_features=input_features, is_longer=longer))


def build_tower(
    files: ModelFiles,
    wrap: Callable[[nn.Module], nn.Module],
    example: dict[str, Any],
    dim: int,
) -> nn.Module:
    """Load a model, keep what one tower uses of it, and check what it gives.

    Args:
        files: The model's, fetched.
        wrap: Makes the tower of the whole model.
        example: Arrays of a call.
        dim: Dimension that its vectors must have.

    Raises:
        ModelUnavailable: The weights do not fit the configuration, or the model has no such tower.
    """
    tower = wrap(_load(files)).float().eval()
    inputs = {name: torch.from_numpy(array) for name, array in example.items()}
    try:
        shape = _keep_used(tower, inputs)
    except (AttributeError, TypeError, ValueError, RuntimeError, IndexError) as error:
        raise files.refused(error) from error
    if shape != (len(next(iter(inputs.values()))), dim):
        raise ModelUnavailable(
            f"its vectors come as {list(shape)} where [{len(next(iter(inputs.values())))}, {dim}] is due",
            where=files.model,
        )
    return tower


def _load(files: ModelFiles) -> nn.Module:
    from transformers import AutoModel

    try:
        with quiet_transformers():
            model, report = AutoModel.from_pretrained(
                files.fetch(),
                local_files_only=True,
                trust_remote_code=False,
                use_safetensors=True,
                output_loading_info=True,
            )
    except (OSError, ValueError, KeyError, RuntimeError, ImportError) as error:
        raise files.refused(error) from error
    missing = sorted(name for name in report["missing_keys"] if not name.endswith("position_ids"))
    if missing:
        raise ModelUnavailable(
            f"its weights lack {len(missing)} that a {type(model).__name__} has, first {missing[0]}",
            where=files.model,
            fix="It may hold one tower alone; choose the whole model.",
        )
    loaded: nn.Module = model
    return loaded


def _keep_used(tower: nn.Module, inputs: dict[str, torch.Tensor]) -> tuple[int, ...]:
    """Drop the modules that a call does not pass through; return the shape of its result."""
    model = tower.model
    assert isinstance(model, nn.Module)
    used: set[str] = set()
    hooks = [
        child.register_forward_pre_hook(lambda *_, name=name: used.add(name)) for name, child in model.named_children()
    ]
    with torch.inference_mode():
        shape = tuple(tower(**inputs).shape)
    for hook in hooks:
        hook.remove()
    for name in [name for name, _ in model.named_children() if name not in used]:
        setattr(model, name, None)
    return shape


def _vectors(output: Any) -> torch.Tensor:  # noqa: ANN401
    # transformers gives a tensor until version 4 and an output with the projected vector as its pooled one since 5.
    vectors: torch.Tensor = output if isinstance(output, torch.Tensor) else output.pooler_output
    return vectors
