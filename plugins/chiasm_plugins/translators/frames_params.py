"""Params of the ``frames`` translator."""

from __future__ import annotations

from pydantic import Field

from chiasm.contracts import Params


class FramesParams(Params):
    """Params of ``frames``."""

    per_second: float = Field(1.0, gt=0, le=60, description="Pictures taken of each second of a video.")
    max_frames: int = Field(
        36_000,
        gt=0,
        description="Pictures taken of one video at most, ten hours at one a second; a longer one is refused.",
    )
    min_side: int | None = Field(
        320,
        gt=0,
        description="A picture may be made smaller, its shorter side at least so many pixels; as filmed when null. "
        "The default is more than common image models look at.",
    )
