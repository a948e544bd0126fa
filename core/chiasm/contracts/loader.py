"""The loader contract: media types in, decoded values out."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, ClassVar, TypeVar

from pydantic import Field

from chiasm.contracts.component import Component, Params
from chiasm.media.item import Want
from chiasm.media.limits import Limits
from chiasm.media.source import Source


class LoaderParams(Params):
    """Params of every loader."""

    limits: Limits = Field(default_factory=Limits, description="What is read and decoded at most.")


LP = TypeVar("LP", bound=LoaderParams)


class Loader(Component[LP]):
    """Decodes files of the media types that its spec lists under ``consumes``.

    Values by modality: text is ``str``; a picture is uint8 ``[H, W, 3]`` RGB, upright; sound is ``Audio`` (mono
    float32 in [-1, 1] with its rate); a video is ``Video``, lazily decoded.
    Implementations are called from several threads at once.

    Attributes:
        modality: Modality of what it gives.
    """

    modality: ClassVar[str]

    @abstractmethod
    def decode(self, source: Source, want: Want) -> Any:  # noqa: ANN401
        """Decode ``source``.

        Args:
            source: The file.
            want: What the caller needs; more may be given, less may not.

        Raises:
            UnreadableMedia: The content is truncated, corrupt or empty.
            MediaTooLarge: It is over one of ``params.limits``, found before it is decoded.
        """
