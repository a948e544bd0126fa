"""CLIP and CLAP, built tiny, keep the contract of encoders."""

from __future__ import annotations

import pytest

from chiasm.testing import EncoderContract
from chiasm_plugins.encoders.clap import ClapEncoder
from chiasm_plugins.encoders.clap_params import ClapParams
from chiasm_plugins.encoders.clip import ClipEncoder
from chiasm_plugins.encoders.clip_params import ClipParams

TINY = {"runtime": "torch", "dtype": "float32"}


class TestClip(EncoderContract):
    @pytest.fixture(scope="class")
    def component(self, clip_folder):
        return ClipEncoder(ClipParams.model_validate({"model": str(clip_folder)} | TINY))


class TestSiglip2OfAnyShape(EncoderContract):
    @pytest.fixture(scope="class")
    def component(self, siglip2_naflex_folder):
        return ClipEncoder(ClipParams.model_validate({"model": str(siglip2_naflex_folder)} | TINY))


class TestClap(EncoderContract):
    @pytest.fixture(scope="class")
    def component(self, clap_folder):
        return ClapEncoder(ClapParams.model_validate({"model": str(clap_folder)} | TINY))
