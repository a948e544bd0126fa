"""How a model wants its pictures: the common recipe done here as transformers does it, any other by transformers.

transformers takes seconds to import and gives float32; the recipe here gives uint8, a quarter of the memory in queues,
and leaves scaling to the model's own batch.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from chiasm.errors import EncodingError, ModelUnavailable
from chiasm_plugins.encoders.quiet import quiet_transformers

_CLIP = {
    "do_resize": True,
    "size": {"shortest_edge": 224},
    "resample": 3,
    "do_center_crop": True,
    "crop_size": {"height": 224, "width": 224},
    "do_rescale": True,
    "rescale_factor": 1 / 255,
    "do_normalize": True,
    "image_mean": [0.48145466, 0.4578275, 0.40821073],
    "image_std": [0.26862954, 0.26130258, 0.27577711],
}
_SIGLIP = _CLIP | {
    "size": {"height": 224, "width": 224},
    "do_center_crop": False,
    "image_mean": [0.5, 0.5, 0.5],
    "image_std": [0.5, 0.5, 0.5],
}
_DEFAULTS: Mapping[str, Mapping[str, Any]] = {"CLIP": _CLIP, "ChineseCLIP": _CLIP, "Siglip": _SIGLIP}
"""Settings that a configuration leaves out, by kind of image processor: the defaults of transformers' classes."""

_WITHOUT_EFFECT = frozenset(
    {
        "auto_map", "data_format", "default_to_square", "do_convert_rgb", "feature_extractor_type",
        "image_processor_type", "input_data_format", "processor_class", "return_tensors", "disable_grouping", "device",
    }
)  # fmt: skip
_PANORAMA = 8
"""Times that a resized picture is longer than what is kept of it, from which on only that is computed."""

_FILTERS = {0: "nearest", 1: "lanczos", 2: "bilinear", 3: "bicubic", 4: "box", 5: "hamming"}


@dataclass(frozen=True, slots=True)
class ImageRecipe:
    """Resize, crop, scale.

    Attributes:
        short_side: Length that the shorter side is resized to, in pixels; ``None`` where ``size`` is set.
        size: Height and width that a picture is resized to whatever its shape; ``None`` where ``short_side`` is set.
        crop: Height and width of the middle that is cut out; ``None`` for all.
        resample: Pillow's number of the resize filter.
        scale: What uint8 values are multiplied by, by channel.
        shift: What is added after that, by channel.
    """

    short_side: int | None
    size: tuple[int, int] | None
    crop: tuple[int, int] | None
    resample: int
    scale: tuple[float, float, float]
    shift: tuple[float, float, float]

    @property
    def min_side(self) -> int:
        """Pixels that the shorter side of a decoded picture needs."""
        return self.short_side or max(self.size or (1, 1))

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width of what ``prepare`` gives."""
        return self.crop or self.size or (0, 0)

    @property
    def identity(self) -> str:
        """What was done, for the embedding space."""
        target = f"shorter side to {self.short_side}" if self.short_side else "{} x {}".format(*(self.size or ()))
        crop = "middle {} x {}, ".format(*self.crop) if self.crop else ""
        numbers = ", ".join(f"{number:.6g}" for number in (*self.scale, *self.shift))
        return (
            f"decoded to {self.min_side} pixels or more, {target} by {_FILTERS[self.resample]} (Pillow), {crop}"
            f"scale and shift {numbers}"
        )

    def prepare(self, pixels: NDArray[np.uint8]) -> dict[str, NDArray[Any]]:
        """Return ``pixels`` uint8 ``[3, height, width]`` of a picture uint8 ``[H, W, 3]``."""
        picture, resample = Image.fromarray(pixels), Image.Resampling(self.resample)
        wide, high = self._resized(picture.width, picture.height)
        crop_high, crop_wide = self.crop or (high, wide)
        left, top = (wide - crop_wide) // 2, (high - crop_high) // 2
        if max(wide, high) <= _PANORAMA * max(crop_wide, crop_high):
            resized = np.asarray(picture.resize((wide, high), resample))[top : top + crop_high, left : left + crop_wide]
        else:
            # The whole of a panorama might not fit into memory, so only the middle is computed. It differs from the
            # middle of the whole by rounding, since Pillow keeps the box in float32.
            across, down = picture.width / wide, picture.height / high
            right, bottom = (
                min((left + crop_wide) * across, picture.width),
                min((top + crop_high) * down, picture.height),
            )
            resized = np.asarray(
                picture.resize((crop_wide, crop_high), resample, (left * across, top * down, right, bottom))
            )
        return {"pixels": np.ascontiguousarray(resized.transpose(2, 0, 1))}

    def _resized(self, width: int, height: int) -> tuple[int, int]:
        if self.short_side is None:
            high, wide = self.size or (height, width)
            return wide, high
        longer = int(self.short_side * max(width, height) / min(width, height))
        return (longer, self.short_side) if width > height else (self.short_side, longer)


class LibraryRecipe:
    """A recipe that transformers' own image processor carries out, with Pillow.

    Args:
        config: The configuration of the model's image processor.
    """

    def __init__(self, config: Mapping[str, Any]) -> None:
        self._config = config
        self._processor: Any = None

    @property
    def min_side(self) -> int | None:
        """Pixels that the shorter side of a decoded picture needs; ``None`` for all there are."""
        if "max_num_patches" in self._config:
            return math.ceil(math.sqrt(self._config["max_num_patches"])) * int(self._config.get("patch_size", 16))
        size = self._config.get("size")
        if isinstance(size, dict) and size and size.keys() <= {"height", "width", "shortest_edge"}:
            return max(int(side) for side in size.values())
        return size if isinstance(size, int) else None

    @property
    def identity(self) -> str:
        """What was done, for the embedding space."""
        settings = {name: value for name, value in self._config.items() if name not in _WITHOUT_EFFECT}
        listed = ", ".join(f"{name} {value}" for name, value in sorted(settings.items()))
        return f"decoded to {self.min_side or 'all'} pixels or more, {kind_of(self._config)} (Pillow): {listed}"

    def load(self, folder: Path) -> None:
        """Make the image processor of the model in ``folder``.

        Raises:
            ModelUnavailable: transformers has none of that kind.
        """
        from transformers import AutoImageProcessor

        try:
            with quiet_transformers():
                self._processor = AutoImageProcessor.from_pretrained(
                    folder, use_fast=False, local_files_only=True, trust_remote_code=False
                )
        except (OSError, ValueError, ImportError) as error:
            raise ModelUnavailable(f"its image processor cannot be loaded ({error})", where=str(folder)) from error

    def prepare(self, pixels: NDArray[np.uint8]) -> dict[str, NDArray[Any]]:
        """Return the processor's arrays, without the axis of the batch.

        Raises:
            EncodingError: The processor refuses the picture.
        """
        try:
            prepared = self._processor(images=Image.fromarray(pixels), return_tensors="np")
        except (ValueError, TypeError) as error:
            raise EncodingError(f"the model's image processor refuses the picture ({error})") from error
        return {name: np.asarray(value)[0] for name, value in prepared.items()}


def kind_of(config: Mapping[str, Any]) -> str:
    """Return the kind of image processor, for example ``"Siglip"``; empty where the configuration does not say."""
    name = str(config.get("image_processor_type") or config.get("feature_extractor_type") or "")
    return name.removesuffix("Fast").removesuffix("Pil").removesuffix("ImageProcessor").removesuffix("FeatureExtractor")


def common_recipe(config: Mapping[str, Any]) -> ImageRecipe | None:
    """Return an image processor's configuration as the common recipe; ``None`` where it asks for anything else."""
    defaults = _DEFAULTS.get(kind_of(config))
    if defaults is None:
        return None
    given = {name: value for name, value in config.items() if value is not None and name not in _WITHOUT_EFFECT}
    settings = {**defaults, **given}
    if settings.keys() - defaults.keys() or not (settings["do_resize"] and settings["resample"] in _FILTERS):
        return None
    size, short_side = _sides(settings["size"])
    crop, side = _sides(settings["crop_size"]) if settings["do_center_crop"] else (None, None)
    crop = (side, side) if side else crop
    covered = crop is None or (min(crop) > 0 and max(crop) <= (short_side or min(size or (0, 0))))
    if not covered or (size is None) == (short_side is None) or (size and crop) or (short_side and not crop):
        return None
    factor = float(settings["rescale_factor"]) if settings["do_rescale"] else 1.0
    mean = settings["image_mean"] if settings["do_normalize"] else [0.0] * 3
    std = settings["image_std"] if settings["do_normalize"] else [1.0] * 3
    if len(mean) != 3 or len(std) != 3:
        return None
    scale = (factor / std[0], factor / std[1], factor / std[2])
    return ImageRecipe(
        short_side,
        size,
        crop,
        int(settings["resample"]),
        scale,
        (-mean[0] / std[0], -mean[1] / std[1], -mean[2] / std[2]),
    )


def _sides(size: Any) -> tuple[tuple[int, int] | None, int | None]:  # noqa: ANN401
    """Return height and width, or else the shorter side."""
    if isinstance(size, int):
        return None, size
    if isinstance(size, dict) and set(size) == {"shortest_edge"}:
        return None, int(size["shortest_edge"])
    if isinstance(size, dict) and set(size) == {"height", "width"}:
        return (int(size["height"]), int(size["width"])), None
    return None, None
