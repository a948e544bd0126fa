"""Pictures, made here."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from chiasm.media.item import Item

_SIZES = ((96, 128), (128, 96), (64, 64), (200, 61), (90, 300), (33, 47), (256, 256), (120, 80))


def picture(seed: int, height: int, width: int) -> NDArray[np.uint8]:
    """Return a picture of coloured patches over a gradient, uint8 ``[height, width, 3]``."""
    random = np.random.default_rng(seed)
    patches = random.integers(0, 256, (height // 16 + 1, width // 16 + 1, 3))
    coarse = np.kron(patches, np.ones((16, 16, 1)))[:height, :width]
    gradient = np.linspace(0, 255, width)[None, :, None]
    mixed: NDArray[np.uint8] = (0.7 * coarse + 0.3 * gradient).astype(np.uint8)
    return mixed


def items() -> list[Item]:
    """Return pictures of several sizes."""
    return [Item.of_image(picture(seed, *size)) for seed, size in enumerate(_SIZES)]


def extremes() -> list[Item]:
    """Return one pixel, thin strips, black and white."""
    shapes = ((1, 1), (1, 700), (700, 1), (2, 3))
    found = [Item.of_image(picture(seed, *shape)) for seed, shape in enumerate(shapes)]
    return found + [Item.of_image(np.full((64, 64, 3), shade, np.uint8)) for shade in (0, 255)]
