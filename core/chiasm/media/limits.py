"""How much of an untrusted file is read and decoded at most."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class Limits(BaseModel):
    """Bounds on what a loader reads and decodes; an item over one of them is refused with ``MediaTooLarge``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    max_pixels: int = Field(
        100_000_000, gt=0, description="Pixels of a picture or of one video frame, from its header, before decoding."
    )
    max_seconds: float = Field(6 * 3600.0, gt=0, description="Seconds of a recording or video.")
    max_bytes: int = Field(4 * 1024**3, gt=0, description="Bytes of an audio or video file.")
    max_image_bytes: int = Field(200 * 1024**2, gt=0, description="Bytes of a picture file.")
    max_text_bytes: int = Field(20 * 1024**2, gt=0, description="Bytes of a text, HTML or PDF file.")
