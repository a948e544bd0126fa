"""A voice, and a Whisper that hears it, for all tests of translators."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pytest

from chiasm.demo.voice import Voice
from chiasm.media import Audio
from chiasm_plugins.translators.faster_whisper import FasterWhisperTranslator
from chiasm_plugins.translators.faster_whisper_params import FasterWhisperParams


@pytest.fixture(scope="session")
def voice() -> Voice:
    return Voice()


@pytest.fixture(scope="session")
def speech(voice: Voice) -> Callable[..., Audio]:
    """Sentences spoken at 16 kHz, each after ``lead`` seconds of silence."""

    def make(*sentences: str, lead: float = 0.0, rate: int = 16_000) -> Audio:
        silence = np.zeros(int(lead * rate), np.float32)
        pieces = [piece for each in sentences for piece in (silence, voice.speak(each).resampled(rate).samples)]
        return Audio(np.concatenate(pieces), rate)

    return make


@pytest.fixture(scope="session")
def hearing() -> Iterator[FasterWhisperTranslator]:
    translator = FasterWhisperTranslator(FasterWhisperParams())
    translator.load()
    yield translator
    translator.close()
