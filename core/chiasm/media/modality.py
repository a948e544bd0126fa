"""Names of the four built-in modalities. The set is open: a plugin may name others."""

from __future__ import annotations

from typing import Final

TEXT: Final = "text"
IMAGE: Final = "image"
AUDIO: Final = "audio"
VIDEO: Final = "video"

MODALITIES: Final = (TEXT, IMAGE, AUDIO, VIDEO)
"""The built-in modalities, in the order in which they are listed."""
