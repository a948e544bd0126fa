"""A video that is decoded as it is walked through."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from chiasm.media.audio import Audio


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One picture of a video.

    Attributes:
        pixels: uint8 ``[H, W, 3]``, RGB.
        seconds: Presentation time from the start of the video.
    """

    pixels: NDArray[np.uint8]
    seconds: float


class Video(Protocol):
    """What a video loader gives: nothing is decoded until asked for."""

    @property
    def seconds(self) -> float:
        """Length in seconds, from the container; 0.0 where it does not say."""
        ...

    @property
    def has_pictures(self) -> bool:
        """Whether there is a video stream."""
        ...

    @property
    def has_audio(self) -> bool:
        """Whether there is an audio track."""
        ...

    def frames(self, per_second: float | None = None, min_side: int | None = None) -> Iterator[Frame]:
        """Yield frames in order of presentation time, decoding as it goes.

        Args:
            per_second: The frame on screen at each multiple of ``1 / per_second`` seconds; every frame when ``None``.
            min_side: A frame may be given smaller than it is, with its shorter side at least this many pixels.

        Raises:
            UnreadableMedia: There is no video stream, or nothing of it can be decoded.
        """
        ...

    def audio(self, rate: int = 16_000) -> Audio:
        """Decode the audio track to mono at ``rate`` Hz.

        Raises:
            UnreadableMedia: There is no audio track, or nothing of it can be decoded.
        """
        ...
