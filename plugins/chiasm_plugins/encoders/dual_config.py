"""What a model of text and one other modality says of itself, read from its configuration without its weights."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from chiasm.errors import ModelUnavailable
from chiasm_plugins.encoders.hub import ModelFiles


@dataclass(frozen=True, slots=True)
class Family:
    """What transformers takes where a configuration is silent, and how a family was trained.

    Attributes:
        dim: Dimension of its vectors.
        tokens: Tokens of the longest text that it was trained with.
        reserved: Positions of the text tower that no token takes.
        whole_length: Whether every text was filled up to that length and the filling attended to.
    """

    dim: int
    tokens: int
    reserved: int = 0
    whole_length: bool = False


FAMILIES: Mapping[str, Family] = {
    "aimv2": Family(512, 77),
    "align": Family(640, 64),
    "altclip": Family(768, 77, reserved=2),
    "chinese_clip": Family(512, 52),
    "clap": Family(512, 512, reserved=2),
    "clip": Family(512, 77),
    "metaclip_2": Family(512, 77),
    "siglip": Family(768, 64, whole_length=True),
    "siglip2": Family(768, 64, whole_length=True),
}
"""By model type; the defaults of transformers' configuration classes and the lengths of the models' papers."""


@dataclass(frozen=True, slots=True)
class DualConfig:
    """A model's configuration, as far as it is needed before the weights.

    Attributes:
        model_type: In transformers' terms, for example ``"clip"``.
        dim: Dimension of its vectors.
        tokens: Tokens of a text that it reads at most.
        whole_length: Whether texts are filled up to ``tokens`` and no attention mask is given.
        fingerprint: SHA-256 of the configuration.
    """

    model_type: str
    dim: int
    tokens: int
    whole_length: bool
    fingerprint: str

    @property
    def text_identity(self) -> str:
        """How texts are prepared, for the embedding space."""
        return f"{self.tokens} tokens at most" + (", lower case, filled up" if self.whole_length else "")


def read_dual_config(files: ModelFiles, other: str) -> DualConfig:
    """Return the configuration of a model with a text tower and another one.

    Args:
        files: The model's.
        other: Key of the other tower's configuration: ``"vision_config"`` or ``"audio_config"``.

    Raises:
        ModelUnavailable: The configuration cannot be read, or the model is of another kind.
    """
    config = files.read_config()
    digest = hashlib.sha256(json.dumps(config, sort_keys=True).encode()).hexdigest()
    model_type = str(config.get("model_type", ""))
    if model_type not in FAMILIES:
        config = _completed(files, config)
    family = FAMILIES.get(model_type, Family(0, 0))
    text, beside = config.get("text_config"), config.get(other)
    if not isinstance(text, dict) or not isinstance(beside, dict):
        raise ModelUnavailable(
            f"a model of type {model_type or 'unknown'!r} has no towers for text and {other.removesuffix('_config')}",
            where=files.model,
            fix="'clip' takes models such as CLIP and SigLIP, 'clap' takes CLAP, and 'sentence-transformer' takes text "
            "models.",
        )
    positions = int(text.get("max_position_embeddings") or family.tokens + family.reserved) - family.reserved
    dim = config.get("projection_dim") if "siglip" not in model_type else None
    dim = (
        dim
        or text.get("projection_size")
        or (text.get("hidden_size") if "siglip" in model_type else None)
        or family.dim
    )
    if not dim or positions < 1:
        raise ModelUnavailable("its configuration does not say how long its vectors or texts are", where=files.model)
    tokens = min(positions, family.tokens or positions)
    return DualConfig(model_type, int(dim), tokens, family.whole_length, digest)


def read_preprocessor(files: ModelFiles, part: str) -> dict[str, Any]:
    """Return how a model's inputs other than text are prepared, from either of the files that may say it.

    Args:
        files: The model's.
        part: Key in the newer file: ``"image_processor"`` or ``"feature_extractor"``.

    Raises:
        ModelUnavailable: Neither file can be had.
    """
    if files.find("processor_config.json") is not None:
        nested = files.read_config("processor_config.json").get(part)
        if isinstance(nested, dict):
            return nested
    return files.read_config("preprocessor_config.json")


def _completed(files: ModelFiles, config: dict[str, Any]) -> dict[str, Any]:
    from transformers import AutoConfig

    try:
        whole: dict[str, Any] = AutoConfig.for_model(**config).to_dict()
    except (ValueError, KeyError, TypeError) as error:
        raise files.refused(error) from error
    return whole
