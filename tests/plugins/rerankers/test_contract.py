"""The cross-encoder and the late-interaction encoder, built tiny, keep their contracts."""

from __future__ import annotations

import pytest

from chiasm.testing import EncoderContract, RerankerContract
from chiasm_plugins.encoders.late_interaction import LateInteractionEncoder
from chiasm_plugins.encoders.late_interaction_params import LateInteractionParams
from chiasm_plugins.rerankers.cross_encoder import CrossEncoderReranker
from chiasm_plugins.rerankers.cross_encoder_params import CrossEncoderParams


class TestCrossEncoder(RerankerContract):
    @pytest.fixture(scope="class")
    def component(self, make_cross_encoder):
        return CrossEncoderReranker(CrossEncoderParams(model=str(make_cross_encoder()), dtype="float32"))


class TestLateInteraction(EncoderContract):
    @pytest.fixture(scope="class")
    def component(self, colbert):
        return LateInteractionEncoder(LateInteractionParams(model=str(colbert), dtype="float32", max_seq_length=60))
