"""Videos to pictures of them, each with its time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from chiasm.contracts import Translator
from chiasm.errors import MediaTooLarge
from chiasm.media import IMAGE, VIDEO, Frame, Item, Provenance, TimeSpan
from chiasm_plugins.translators.frames_params import FramesParams


class FramesTranslator(Translator[FramesParams]):
    """Takes the picture on screen at regular times.

    Each picture stands for the time from then until the next one is taken, or until the video's end. A picture that
    stays on screen is given once, for all of its time.
    """

    beside_model: ClassVar[bool] = True
    sources = frozenset({VIDEO})
    target = IMAGE

    def stream(self, item: Item) -> Iterator[Item]:
        """Yield pictures in order of time, two at a time in memory.

        Raises:
            UnreadableMedia: There is no video stream, or nothing of it can be decoded.
            MediaTooLarge: There would be more than ``max_frames`` pictures.
        """
        video = item.video()
        self._check(video.seconds * self.params.per_second, item)
        taken: Frame | None = None
        first = number = 0
        for number, frame in enumerate(video.frames(self.params.per_second, self.params.min_side)):
            self._check(number, item)
            if taken is not None and frame.seconds != taken.seconds:
                yield self._picture(item, taken, first, number, None)
                first = number
            taken = frame
        if taken is not None:
            yield self._picture(item, taken, first, number + 1, video.seconds)

    def _picture(self, item: Item, frame: Frame, first: int, after: int, length: float | None) -> Item:
        start, end = first / self.params.per_second, after / self.params.per_second
        if length is not None and length > start:
            end = min(end, length)
        return Item(
            IMAGE,
            value=frame.pixels,
            source=item.source,
            span=TimeSpan(start, end),
            provenance=Provenance("frames", source_modality=item.modality),
        )

    def _check(self, count: float, item: Item) -> None:
        if count > self.params.max_frames:
            raise MediaTooLarge(
                f"more than {self.params.max_frames:,} pictures would be taken of it",
                where=item.name,
                fix="Take fewer a second ('per_second'), or raise 'max_frames' of the translator.",
            )
