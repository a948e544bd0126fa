"""Image classifiers as torch modules: pictures to logits."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import nn

from chiasm_plugins.encoders.image_recipe import ImageRecipe
from chiasm_plugins.encoders.quiet import quiet_transformers


class PixelClassifier(nn.Module):
    """Pictures as uint8 to logits.

    Args:
        classifier: Takes scaled pictures, float32 ``[n, 3, height, width]``.
        recipe: Has how pixels are scaled.
    """

    def __init__(self, classifier: nn.Module, recipe: ImageRecipe) -> None:
        super().__init__()
        self.classifier = classifier
        self.register_buffer("scale", torch.tensor(recipe.scale).view(1, 3, 1, 1), persistent=False)
        self.register_buffer("shift", torch.tensor(recipe.shift).view(1, 3, 1, 1), persistent=False)

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        """Return ``[n, classes]`` for uint8 ``[n, 3, height, width]``."""
        logits: torch.Tensor = self.classifier(pixels.float() * self.scale + self.shift)
        return logits


class TransformersLogits(nn.Module):
    """A classifier of transformers that gives its logits alone.

    Args:
        model: Made by ``AutoModelForImageClassification``.
    """

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, pixel_values: torch.Tensor) -> torch.Tensor:
        """Return ``[n, classes]`` for scaled pictures, float32 ``[n, 3, height, width]``."""
        logits: torch.Tensor = self.model(pixel_values=pixel_values).logits
        return logits


def efficientnet_lite0(weights: Path, recipe: ImageRecipe) -> nn.Module:
    """Return EfficientNet-Lite0 with weights that were checked.

    Raises:
        ImportError: efficientnet-lite-pytorch is not installed.
    """
    from efficientnet_lite_pytorch import EfficientNet

    model = EfficientNet.from_name("efficientnet-lite0")
    model.load_state_dict(torch.load(weights, map_location="cpu", weights_only=True))
    return PixelClassifier(model.eval(), recipe)


def transformers_classifier(folder: Path, recipe: ImageRecipe | None) -> nn.Module:
    """Return a classifier of transformers; without a recipe it takes what the model's image processor prepares.

    Raises:
        OSError, ValueError: A file is missing or does not fit the configuration.
    """
    from transformers import AutoModelForImageClassification

    with quiet_transformers():
        model, report = AutoModelForImageClassification.from_pretrained(
            folder,
            local_files_only=True,
            trust_remote_code=False,
            use_safetensors=True,
            dtype=torch.float32,
            output_loading_info=True,
        )
    if report["missing_keys"]:
        raise ValueError(f"its weights lack {sorted(report['missing_keys'])[0]}, so it was not trained to classify")
    logits = TransformersLogits(model.eval())
    return logits if recipe is None else PixelClassifier(logits, recipe)
