"""Turns a decoded video frame into the picture that a player would show."""

from __future__ import annotations

import numpy as np
from av.video.frame import VideoFrame
from av.video.reformatter import Colorspace
from av.video.stream import VideoStream
from numpy.typing import NDArray

_UNSPECIFIED = 2
_HD_HEIGHT = 576
"""Videos that do not name their colour matrix use BT.709 above this height and BT.601 up to it, as players take it."""


def screen_pixels(frame: VideoFrame, stream: VideoStream, min_side: int | None) -> NDArray[np.uint8]:
    """Return uint8 ``[H, W, 3]`` RGB: square pixels, turned as the file says, as small as ``min_side`` allows.

    Reducing happens in the conversion to RGB, so a 4K frame never exists as RGB. libav's area filter does it: 3.4 ms
    from 4K to 512 pixels, against 7.8 ms for its bicubic one, both as close to Pillow's bicubic.
    """
    width, height = _square(frame, stream)
    if min_side and min(width, height) > min_side:
        scale = min_side / min(width, height)
        width, height = max(min_side, round(width * scale)), max(min_side, round(height * scale))
    unnamed = frame.colorspace == _UNSPECIFIED and frame.height > _HD_HEIGHT
    converted = frame.reformat(
        width=width,
        height=height,
        format="rgb24",
        src_colorspace=Colorspace.ITU709 if unnamed else None,
        interpolation="AREA" if width < frame.width else "BICUBIC",
    )
    pixels = np.asarray(converted.to_ndarray(), np.uint8)
    turns = round(frame.rotation / 90) % 4
    return np.ascontiguousarray(np.rot90(pixels, turns)) if turns else pixels


def _square(frame: VideoFrame, stream: VideoStream) -> tuple[int, int]:
    aspect = stream.sample_aspect_ratio
    if not aspect or aspect == 1:
        return frame.width, frame.height
    return max(1, round(frame.width * aspect)), frame.height
