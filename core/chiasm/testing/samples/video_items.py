"""Videos in memory, made here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from chiasm.errors import UnreadableMedia
from chiasm.media.audio import Audio
from chiasm.media.item import Item
from chiasm.media.modality import VIDEO
from chiasm.media.video import Frame
from chiasm.testing.samples.audio_items import tone
from chiasm.testing.samples.image_items import picture

_FRAMES_A_SECOND = 5


@dataclass(frozen=True, slots=True)
class MadeVideo:
    """A video whose picture changes once a second, with a tone as its sound.

    Attributes:
        seed: Of the pictures.
        seconds: Length.
        has_pictures: Whether there are frames.
        has_audio: Whether there is sound.
    """

    seed: int
    seconds: float
    has_pictures: bool = True
    has_audio: bool = True

    def frames(self, per_second: float | None = None, min_side: int | None = None) -> Iterator[Frame]:
        """Yield frames; see ``Video.frames``."""
        if not self.has_pictures:
            raise UnreadableMedia("there is no video stream")
        step = 1 / (per_second or _FRAMES_A_SECOND)
        for at in range(max(1, int(self.seconds / step))):
            yield Frame(picture(self.seed * 100 + int(at * step), 72, 96), at * step)

    def audio(self, rate: int = 16_000) -> Audio:
        """Return the tone; see ``Video.audio``."""
        if not self.has_audio:
            raise UnreadableMedia("there is no audio track")
        return Audio(np.asarray(tone(200 + 50 * self.seed, self.seconds, rate)), rate)


def items() -> list[Item]:
    """Return videos of several lengths, one of them silent."""
    made = [MadeVideo(1, 3.0), MadeVideo(2, 2.0), MadeVideo(3, 5.0), MadeVideo(4, 2.0, has_audio=False)]
    return [Item(VIDEO, value=video) for video in made]


def extremes() -> list[Item]:
    """Return a video of one frame, one without pictures and one with nothing."""
    made = [MadeVideo(5, 0.2), MadeVideo(6, 1.0, has_pictures=False), MadeVideo(7, 1.0, False, False)]
    return [Item(VIDEO, value=video) for video in made]
