"""How a CLAP model wants its sound: windows, and the log-mel spectrogram of each, as transformers computes them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chiasm.contracts.encoder import Dense

_FLOOR = 1e-10
"""Least power of a mel band, -100 dB."""


@dataclass(frozen=True)
class SoundRecipe:
    """The settings of transformers' ``ClapFeatureExtractor``, whose defaults these are.

    Attributes:
        sampling_rate: Samples a second, in Hz.
        max_length_s: Seconds that the model hears at once.
        feature_size: Mel bands.
        fft_window_size: Samples of a spectrum.
        hop_length: Samples from one spectrum to the next.
        frequency_min: Lowest frequency, in Hz.
        frequency_max: Highest frequency, in Hz.
        truncation: ``"fusion"`` for models that take four views of a recording and HTK mel bands; ``"rand_trunc"`` for
            one view and Slaney's bands.
        padding: How short sound is filled up: ``"repeatpad"``, ``"repeat"`` or ``"pad"``.
    """

    sampling_rate: int = 48_000
    max_length_s: int = 10
    feature_size: int = 64
    fft_window_size: int = 1024
    hop_length: int = 480
    frequency_min: float = 0
    frequency_max: float = 14_000
    truncation: str = "fusion"
    padding: str = "repeatpad"

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> SoundRecipe:
        """Return the recipe of a feature extractor's configuration."""
        names = cls.__dataclass_fields__
        return cls(**{name: config[name] for name in names if config.get(name) is not None})

    @property
    def window(self) -> int:
        """Samples of a window."""
        return self.max_length_s * self.sampling_rate

    @property
    def views(self) -> int:
        """Copies of a spectrogram that the model takes; they differ only for sound longer than a window."""
        return 4 if self.truncation == "fusion" else 1

    @property
    def identity(self) -> str:
        """What was done, for the embedding space."""
        scale = "htk" if self.truncation == "fusion" else "slaney"
        return (
            f"mono at {self.sampling_rate} Hz, windows of {self.max_length_s} s ({self.padding}), "
            f"{self.feature_size} {scale} mel bands {self.frequency_min:g}-{self.frequency_max:g} Hz, "
            f"fft {self.fft_window_size}, hop {self.hop_length}"
        )

    def windows(self, samples: Dense, most: int) -> list[Dense]:
        """Cut a recording into windows that together cover it, or ``most`` that are evenly spread over it.

        The last one ends where the recording ends, so neighbours overlap a little and no window is nearly empty.
        """
        count = min(most, max(1, -(-len(samples) // self.window)))
        last = max(0, len(samples) - self.window)
        starts = [round(last * number / max(1, count - 1)) for number in range(count)]
        return [samples[start : start + self.window] for start in starts]

    def features(self, samples: Dense) -> NDArray[np.float32]:
        """Return the model's input for one window: float32 ``[views, frames, mels]`` in dB; the views share memory."""
        padded = np.pad(self._filled(samples.astype(np.float64)), self.fft_window_size // 2, mode="reflect")
        frames = np.lib.stride_tricks.sliding_window_view(padded, self.fft_window_size)[:: self.hop_length]
        hann = np.hanning(self.fft_window_size + 1)[:-1]
        spectrum = np.fft.rfft(frames * hann, axis=1)
        power = (spectrum.real**2 + spectrum.imag**2) @ self._bands
        decibels = (10.0 * np.log10(np.maximum(power, _FLOOR))).astype(np.float32)
        return np.broadcast_to(decibels, (self.views, *decibels.shape))

    def _filled(self, samples: NDArray[np.float64]) -> NDArray[np.float64]:
        short = self.window // len(samples)
        if self.padding == "repeat" and len(samples) < self.window:
            samples = np.tile(samples, short + 1)[: self.window]
        if self.padding == "repeatpad":
            samples = np.tile(samples, short)
        return np.pad(samples, (0, self.window - len(samples)))

    @cached_property
    def _bands(self) -> NDArray[np.float64]:
        """Triangular mel bands, ``[frequencies, mels]``."""
        slaney = self.truncation != "fusion"
        to_mel, to_hertz = (_slaney_mel, _slaney_hertz) if slaney else (_htk_mel, _htk_hertz)
        edges = np.array([self.frequency_min, self.frequency_max], dtype=np.float64)
        lowest, highest = to_mel(edges)
        corners = to_hertz(np.linspace(lowest, highest, self.feature_size + 2))
        frequencies = np.linspace(0, self.sampling_rate // 2, self.fft_window_size // 2 + 1)[:, None]
        rising = (frequencies - corners[:-2]) / (corners[1:-1] - corners[:-2])
        falling = (corners[2:] - frequencies) / (corners[2:] - corners[1:-1])
        bands: NDArray[np.float64] = np.maximum(0.0, np.minimum(rising, falling))
        return bands * (2.0 / (corners[2:] - corners[:-2])) if slaney else bands


def _htk_mel(hertz: NDArray[np.float64]) -> NDArray[np.float64]:
    return 2595.0 * np.log10(1.0 + hertz / 700.0)


def _htk_hertz(mel: NDArray[np.float64]) -> NDArray[np.float64]:
    return 700.0 * (10.0 ** (mel / 2595.0) - 1.0)


# Slaney's Auditory Toolbox: linear to 1 kHz, which is mel 15, and logarithmic above, 27 mels for a factor of 6.4.
def _slaney_mel(hertz: NDArray[np.float64]) -> NDArray[np.float64]:
    above = 15.0 + np.log(np.maximum(hertz, 1000.0) / 1000.0) * (27.0 / np.log(6.4))
    return np.where(hertz < 1000.0, 3.0 * hertz / 200.0, above)


def _slaney_hertz(mel: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(mel < 15.0, 200.0 * mel / 3.0, 1000.0 * np.exp((mel - 15.0) * (np.log(6.4) / 27.0)))
