"""Every built-in encoder keeps the contract."""

from __future__ import annotations

import pytest

from chiasm.testing import EncoderContract
from chiasm_plugins.encoders.bm25 import Bm25Encoder
from chiasm_plugins.encoders.bm25_params import Bm25Params
from chiasm_plugins.encoders.conse import ConseEncoder
from chiasm_plugins.encoders.conse_params import ConseParams
from chiasm_plugins.encoders.sentence_transformer import SentenceTransformerEncoder
from chiasm_plugins.encoders.sentence_transformer_params import SentenceTransformerParams


class TestBm25(EncoderContract):
    @pytest.fixture
    def component(self):
        return Bm25Encoder(Bm25Params())


class TestSentenceTransformer(EncoderContract):
    @pytest.fixture(scope="class")
    def component(self):
        return SentenceTransformerEncoder(SentenceTransformerParams(runtime="torch", dtype="float32"))


class TestConse(EncoderContract):
    @pytest.fixture(scope="class")
    def component(self):
        words = SentenceTransformerEncoder(SentenceTransformerParams(runtime="torch", dtype="float32"))
        params = ConseParams(words="words", runtime="torch", dtype="float32")
        return ConseEncoder(params, {"words": words})
