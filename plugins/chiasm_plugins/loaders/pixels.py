"""Makes upright RGB of whatever mode a picture file is stored in."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

_ORIENTATION_TAG = 0x0112


def orientation(picture: Image.Image) -> int:
    """Return the EXIF orientation, 1 to 8; 1 where there is none or the EXIF data are damaged."""
    try:
        value = picture.getexif().get(_ORIENTATION_TAG, 1)
    except Exception:  # noqa: BLE001, RUF100 - damaged metadata raise anything, and the picture is good without them
        return 1
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def upright(pixels: NDArray[np.uint8], turn: int) -> NDArray[np.uint8]:
    """Apply an EXIF orientation (EXIF 2.3, tag 274) to ``[H, W, 3]`` pixels."""
    match turn:
        case 2:
            pixels = pixels[:, ::-1]
        case 3:
            pixels = pixels[::-1, ::-1]
        case 4:
            pixels = pixels[::-1]
        case 5:
            pixels = pixels.transpose(1, 0, 2)
        case 6:
            pixels = np.rot90(pixels, -1)
        case 7:
            pixels = pixels[::-1, ::-1].transpose(1, 0, 2)
        case 8:
            pixels = np.rot90(pixels)
    return np.ascontiguousarray(pixels)


def to_rgb(picture: Image.Image) -> NDArray[np.uint8]:
    """Return a loaded picture as uint8 ``[H, W, 3]``.

    Transparency is put on white. 16-bit values are scaled to 8; values of 32 bits, whose range no file states, are
    scaled from their least to their greatest unless they lie in [0, 1] (floats) or in [0, 65535] (integers).
    """
    if picture.mode.startswith(("I", "F")):
        gray = _eight_bits(np.asarray(picture))
        return np.repeat(gray[:, :, None], 3, axis=2)
    if picture.has_transparency_data:
        layer = picture.convert("RGBA")
        picture = Image.alpha_composite(Image.new("RGBA", layer.size, "white"), layer)
    return np.array(picture.convert("RGB"))  # a copy: Pillow's own view is read-only, which torch warns of


def _eight_bits(values: NDArray[np.generic]) -> NDArray[np.uint8]:
    deep = np.nan_to_num(values.astype(np.float32), posinf=0.0, neginf=0.0)
    low, high = float(deep.min()), float(deep.max())
    floats = np.issubdtype(values.dtype, np.floating)
    full = 1.0 if floats else 65_535.0
    if low < 0 or high > full:
        deep, full = deep - low, high - low
    scaled: NDArray[np.float32] = np.rint(deep * (255.0 / full))
    return scaled.astype(np.uint8)
