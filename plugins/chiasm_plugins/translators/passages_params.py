"""Params of the ``passages`` translator."""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from chiasm.contracts import Params


class PassagesParams(Params):
    """Params of ``passages``."""

    max_characters: int = Field(
        1000,
        ge=50,
        description="Characters in a passage at most. The default is about 230 tokens of English, which a sentence "
        "model with 256 reads whole; more would be cut off unseen. Of Chinese and other scripts whose characters are "
        "about a token each, a quarter as many.",
    )
    overlap: int = Field(
        120,
        ge=0,
        description="Characters that a passage repeats of the one before at most, whole sentences only, so that what "
        "stands on a border is found.",
    )

    @model_validator(mode="after")
    def _overlap_leaves_room(self) -> Self:
        if self.overlap > self.max_characters // 2:
            raise ValueError(
                f"overlap ({self.overlap}) is at most half of max_characters ({self.max_characters}), or passages "
                "would hardly move on"
            )
        return self
