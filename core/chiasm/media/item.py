"""An item: one thing of one modality, decoded when it is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from chiasm.errors import UnsupportedMedia
from chiasm.media.audio import Audio
from chiasm.media.modality import AUDIO, IMAGE, TEXT, VIDEO
from chiasm.media.source import Source
from chiasm.media.span import Span
from chiasm.media.video import Video

if TYPE_CHECKING:
    from chiasm.contracts.loader import Loader


@dataclass(frozen=True, slots=True)
class Provenance:
    """How an item that was made from another came to be.

    Attributes:
        producer: Name of the translator, for example ``"faster-whisper"``.
        revision: Identity of the model it used; empty where there is none.
        source_modality: Modality of the item it was made from.
        confidence: Probability in [0, 1] that the producer gives its result, where it has one.
        details: Further facts, JSON values only, for example ``{"language": "en"}``.
    """

    producer: str
    revision: str = ""
    source_modality: str = ""
    confidence: float | None = None
    details: Mapping[str, Any] = field(default_factory=dict)

    def to_payload(self) -> dict[str, Any]:
        """Return the JSON form kept in a store."""
        payload: dict[str, Any] = {"producer": self.producer}
        if self.revision:
            payload["revision"] = self.revision
        if self.source_modality:
            payload["from"] = self.source_modality
        if self.confidence is not None:
            payload["confidence"] = round(self.confidence, 4)
        return payload | dict(self.details)


@dataclass(frozen=True, slots=True)
class Want:
    """What the caller will do with an item, so that a loader decodes no more than that.

    Attributes:
        min_side: A picture may be given smaller than it is, with its shorter side at least this many pixels.
        rate: Sample rate in Hz that sound is wanted at; its own when ``None``.
    """

    min_side: int | None = None
    rate: int | None = None


@dataclass(slots=True, eq=False)
class Item:
    """One text, picture, recording, video or thing of a plugin's modality.

    Make one with ``Item.from_path``, ``from_bytes``, ``of_text``, ``of_image`` or ``of_audio``.

    Attributes:
        modality: ``"text"``, ``"image"``, ``"audio"``, ``"video"`` or a plugin's own.
        value: The decoded value, where it is in memory already.
        source: Where it is decoded from otherwise.
        media_type: Type found in the content, for example ``"image/jpeg"``.
        span: The part of the source that it stands for; ``None`` for all of it.
        provenance: How it was made, where it was made from another item.
        loader: Decodes ``source``.
    """

    modality: str
    value: Any = None
    source: Source | None = None
    media_type: str | None = None
    span: Span | None = None
    provenance: Provenance | None = None
    loader: Loader[Any] | None = None

    @classmethod
    def from_path(cls, path: str | Path) -> Item:
        """Return the file as an item, its type found by its content.

        Raises:
            UnreadableMedia: It cannot be read, or is empty.
            UnsupportedMedia: No installed loader reads its type.
        """
        from chiasm.media.loaders import installed_loaders

        return installed_loaders().item(Source(path=Path(path).expanduser()))

    @classmethod
    def from_bytes(cls, data: bytes, name: str = "bytes in memory") -> Item:
        """Return an encoded file in memory as an item. Raises as ``from_path`` does."""
        from chiasm.media.loaders import installed_loaders

        return installed_loaders().item(Source(data=data, name=name))

    @classmethod
    def of_text(cls, text: str) -> Item:
        """Return a text as an item."""
        return cls(TEXT, value=text)

    @classmethod
    def of_image(cls, pixels: NDArray[np.uint8]) -> Item:
        """Return a picture, uint8 ``[H, W, 3]`` RGB, as an item.

        Raises:
            UnsupportedMedia: The array has another dtype or shape.
        """
        if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] != 3 or 0 in pixels.shape:
            raise UnsupportedMedia(
                f"a picture in memory is uint8 [H, W, 3]; this array is {pixels.dtype} {list(pixels.shape)}"
            )
        return cls(IMAGE, value=pixels)

    @classmethod
    def of_audio(cls, samples: NDArray[np.float32], rate: int) -> Item:
        """Return a mono recording, float32 ``[samples]`` in [-1, 1] at ``rate`` Hz, as an item.

        Raises:
            UnsupportedMedia: The array has another shape or values that are not finite.
        """
        if samples.ndim != 1 or not np.isfinite(samples).all():
            raise UnsupportedMedia("sound in memory is one channel of finite samples, float32 [samples] in [-1, 1]")
        return cls(AUDIO, value=Audio(samples.astype(np.float32, copy=False), rate))

    @property
    def name(self) -> str:
        """How messages and results call it: the file, or a description."""
        return self.source.name if self.source else f"{self.modality} in memory"

    def decode(self, want: Want | None = None) -> Any:  # noqa: ANN401
        """Return the decoded value; decoded anew at each call when it is not in memory.

        Raises:
            MediaError: It cannot be decoded, or is over a limit.
        """
        if self.value is not None:
            return self.value
        if self.source is None or self.loader is None:
            raise UnsupportedMedia(f"the {self.modality} item has neither a value nor a source with a loader")
        return self.loader.decode(self.source, want or Want())

    def text(self) -> str:
        """Return a text item's text. Raises ``MediaError`` as ``decode`` does."""
        self._expect(TEXT)
        value: str = self.decode()
        return value

    def image(self, min_side: int | None = None) -> NDArray[np.uint8]:
        """Return a picture's pixels, uint8 ``[H, W, 3]`` RGB, upright.

        Args:
            min_side: The picture may be given smaller than it is, with its shorter side at least this many pixels.

        Raises:
            MediaError: As ``decode`` does.
        """
        self._expect(IMAGE)
        pixels: NDArray[np.uint8] = self.decode(Want(min_side=min_side))
        return pixels

    def audio(self, rate: int = 16_000) -> Audio:
        """Return a recording's sound, or a video's, mono at ``rate`` Hz. Raises ``MediaError`` as ``decode`` does."""
        if self.modality == VIDEO:
            return self.video().audio(rate)
        self._expect(AUDIO)
        sound: Audio = self.decode(Want(rate=rate))
        return sound.resampled(rate)

    def video(self) -> Video:
        """Return a video, nothing of it decoded yet. Raises ``MediaError`` as ``decode`` does."""
        self._expect(VIDEO)
        video: Video = self.decode()
        return video

    def _expect(self, modality: str) -> None:
        if self.modality != modality:
            raise UnsupportedMedia(f"the item is of modality {self.modality!r}, not {modality!r}", where=self.name)
