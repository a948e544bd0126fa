"""Recordings, made here."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from chiasm.media.item import Item

RATE = 16_000


def tone(hertz: float, seconds: float, rate: int = RATE) -> NDArray[np.float32]:
    """Return a tone with two overtones, float32 ``[samples]`` in [-1, 1]."""
    time = np.arange(int(seconds * rate)) / rate
    wave = sum(np.sin(2 * np.pi * hertz * order * time) / order for order in (1, 2, 3))
    sound: NDArray[np.float32] = (0.4 * np.asarray(wave)).astype(np.float32)
    return sound


def items() -> list[Item]:
    """Return tones, a sweep and noise, of several lengths and rates."""
    time = np.arange(2 * RATE) / RATE
    sweep = (0.6 * np.sin(2 * np.pi * (200 + 900 * time) * time)).astype(np.float32)
    noise = np.random.default_rng(5).normal(0, 0.2, RATE).clip(-1, 1).astype(np.float32)
    return [
        Item.of_audio(tone(220, 1.0), RATE),
        Item.of_audio(noise, RATE),
        Item.of_audio(sweep, RATE),
        Item.of_audio(tone(1760, 0.5), RATE),
        Item.of_audio(tone(440, 1.5, 44_100), 44_100),
        Item.of_audio(tone(110, 3.0, 8_000), 8_000),
    ]


def extremes() -> list[Item]:
    """Return silence, one sample, no sample, and a square wave at full scale."""
    square = np.where(np.arange(RATE) // 40 % 2, 1.0, -1.0).astype(np.float32)
    sounds = [np.zeros(RATE, np.float32), np.ones(1, np.float32), np.zeros(0, np.float32), square]
    return [Item.of_audio(sound, RATE) for sound in sounds]
