"""The shape of a recording, as bars to draw."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from chiasm.media.audio import Audio
from chiasm.media.span import TimeSpan

BARS = 72


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of a waveform.

    Attributes:
        height: In [0, 1], of the loudest bar.
        in_moment: Whether it lies in the moment found.
    """

    height: float
    in_moment: bool


def waveform(sound: Audio, span: TimeSpan | None, bars: int = BARS) -> tuple[Bar, ...]:
    """Return the loudness of a recording (root mean square) in equal stretches of time; nothing for silence.

    Args:
        sound: The recording.
        span: The moment found; ``None`` for all of it.
        bars: Number of stretches.
    """
    if len(sound.samples) < bars:
        return ()
    edges = np.linspace(0, len(sound.samples), bars + 1).astype(int)
    power = np.add.reduceat(np.square(sound.samples, dtype=np.float64), edges[:-1]) / np.diff(edges)
    loudness = np.sqrt(power)
    if not loudness.max() > 0:
        return ()
    middles = (edges[:-1] + edges[1:]) / 2 / sound.rate
    return tuple(
        Bar(round(float(height), 3), span is None or span.start <= middle <= span.end)
        for height, middle in zip(loudness / loudness.max(), middles, strict=True)
    )
