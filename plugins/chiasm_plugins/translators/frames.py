"""Videos to pictures of them, each with its time."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import ClassVar

from chiasm.contracts import Translator
from chiasm.media import IMAGE, VIDEO, Item, Provenance, TimeSpan
from chiasm_plugins.translators.frames_params import FramesParams


class FramesTranslator(Translator[FramesParams]):
    """Takes the picture on screen at regular times.

    Each picture stands for the time until the next one, or until the video's end.
    """

    beside_model: ClassVar[bool] = True
    sources = frozenset({VIDEO})
    target = IMAGE

    def stream(self, item: Item) -> Iterator[Item]:
        """Yield pictures in order of time, one at a time in memory.

        Raises:
            UnreadableMedia: There is no video stream, or nothing of it can be decoded.
        """
        video = item.video()
        step = 1 / self.params.per_second
        provenance = Provenance("frames", source_modality=item.modality)
        frames = video.frames(self.params.per_second, self.params.min_side)
        for frame in islice(frames, self.params.max_frames):
            end = frame.seconds + step
            if video.seconds > frame.seconds:
                end = min(end, video.seconds)
            yield Item(IMAGE, value=frame.pixels, span=TimeSpan(frame.seconds, end), provenance=provenance)
