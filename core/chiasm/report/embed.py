"""Media as data URIs, within limits, so that a page needs no other file."""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from chiasm.errors import ChiasmError
from chiasm.media.item import Item
from chiasm.media.span import TimeSpan

JPEG_QUALITY = 82

# What browsers call types that have several names.
_BROWSER_TYPES = {"audio/opus": "audio/ogg", "audio/x-matroska": "audio/webm", "video/quicktime": "video/mp4"}


@dataclass(frozen=True, slots=True)
class EmbedLimits:
    """What a page takes in at most.

    Attributes:
        file_bytes: Of one recording or video.
        all_bytes: Of all of them together.
        side: Longer side of a thumbnail, in pixels.
    """

    file_bytes: int = 6 * 1024**2
    all_bytes: int = 30 * 1024**2
    side: int = 480


class Embedder:
    """Makes data URIs, and keeps count of what it embedded.

    Args:
        limits: What is embedded at most.
    """

    def __init__(self, limits: EmbedLimits | None = None) -> None:
        self.limits = limits or EmbedLimits()
        self._left = self.limits.all_bytes

    def picture(self, item: Item) -> str | None:
        """Return a thumbnail of a picture; ``None`` when it cannot be decoded."""
        try:
            return self.pixels(item.image(min_side=self.limits.side))
        except ChiasmError:
            return None

    def frame(self, item: Item, span: TimeSpan | None) -> str | None:
        """Return a thumbnail of a video at the middle of ``span``; ``None`` when there is no picture."""
        middle = (span.start + span.end) / 2 if span else 0.0
        try:
            # Frames at 0 and at the middle: the loader skips what lies between.
            every = 1 / middle if middle else None
            frames = list(islice(item.video().frames(every, min_side=self.limits.side), 2 if middle else 1))
            return self.pixels(frames[-1].pixels) if frames else None
        except ChiasmError:
            return None

    def pixels(self, pixels: NDArray[np.uint8]) -> str:
        """Return a thumbnail of uint8 ``[H, W, 3]`` RGB as a JPEG."""
        picture = Image.fromarray(pixels)
        picture.thumbnail((self.limits.side, self.limits.side), Image.Resampling.LANCZOS)
        stream = io.BytesIO()
        picture.save(stream, "JPEG", quality=JPEG_QUALITY, optimize=True)
        return data_uri("image/jpeg", stream.getvalue())

    def media(self, item: Item, span: TimeSpan | None) -> str | None:
        """Return a recording or video whole, to be played at ``span``; ``None`` when it is over a limit or gone.

        The moment is a media fragment (W3C Media Fragments URI 1.0), which players follow without a script.
        """
        if item.source is None or item.media_type is None:
            return None
        try:
            size = item.source.size
            if size > min(self.limits.file_bytes, self._left):
                return None
            data = item.source.read(self.limits.file_bytes)
        except ChiasmError:
            return None
        self._left -= size
        fragment = f"#t={span.start:.2f},{span.end:.2f}" if span else ""
        return data_uri(_BROWSER_TYPES.get(item.media_type, item.media_type), data) + fragment


def data_uri(media_type: str, data: bytes) -> str:
    """Return bytes as a data URI.

    Example:
        >>> data_uri("text/plain", b"hi")
        'data:text/plain;base64,aGk='
    """
    return f"data:{media_type};base64,{base64.b64encode(data).decode('ascii')}"


def item_at(path: str) -> Item | None:
    """Return the file of a hit as an item; ``None`` when it is gone or no loader reads it."""
    try:
        return Item.from_path(Path(path)) if path else None
    except ChiasmError:
        return None
