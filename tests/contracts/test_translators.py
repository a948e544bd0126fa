"""Every built-in translator keeps the contract."""

from __future__ import annotations

import numpy as np
import pytest

from chiasm.demo.voice import Voice
from chiasm.media import Item
from chiasm.testing import TranslatorContract
from chiasm_plugins.translators.faster_whisper import FasterWhisperTranslator
from chiasm_plugins.translators.faster_whisper_params import FasterWhisperParams
from chiasm_plugins.translators.frames import FramesTranslator
from chiasm_plugins.translators.frames_params import FramesParams
from chiasm_plugins.translators.passages import PassagesTranslator
from chiasm_plugins.translators.passages_params import PassagesParams


class TestPassages(TranslatorContract):
    @pytest.fixture
    def component(self):
        return PassagesTranslator(PassagesParams(max_characters=80, overlap=10))


class TestFrames(TranslatorContract):
    @pytest.fixture
    def component(self):
        return FramesTranslator(FramesParams())


class TestFasterWhisper(TranslatorContract):
    @pytest.fixture(scope="class")
    def component(self):
        return FasterWhisperTranslator(FasterWhisperParams())

    @pytest.fixture(scope="class", autouse=True)
    def _speech(self, request):
        voice = Voice()
        said = ["Fresh bread needs flour and water.", "The lighthouse was built a hundred years ago."]
        request.cls.spoken = [voice.speak(each).resampled(16_000).samples for each in said]

    def samples(self, component):
        silence = np.zeros(16_000, np.float32)
        return [Item.of_audio(sound, 16_000) for sound in [*self.spoken, silence]]
