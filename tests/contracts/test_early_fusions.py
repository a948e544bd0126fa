"""Every built-in early fusion keeps the contract."""

from __future__ import annotations

import numpy as np
import pytest

from chiasm.space import EmbeddingSpace
from chiasm.testing import EarlyFusionContract
from chiasm_plugins.fusions.attention import AttentionFusion
from chiasm_plugins.fusions.attention_params import AttentionParams
from chiasm_plugins.fusions.cca import CcaFusion, CcaParams
from chiasm_plugins.fusions.concat import ConcatFusion, ConcatParams
from chiasm_plugins.fusions.cross_attention import CrossAttentionFusion
from chiasm_plugins.fusions.cross_attention_params import CrossAttentionParams
from chiasm_plugins.fusions.gated import GatedFusion
from chiasm_plugins.fusions.gated_params import GatedParams
from chiasm_plugins.fusions.low_rank_tensor import LowRankTensorFusion
from chiasm_plugins.fusions.low_rank_tensor_params import LowRankTensorParams
from chiasm_plugins.fusions.tensor import TensorFusion, TensorParams
from chiasm_plugins.fusions.weighted_mean import WeightedMeanFusion, WeightedMeanParams

OTHERS = {"text": EmbeddingSpace("words", 8), "image": EmbeddingSpace("looks", 6)}


class TestWeightedMean(EarlyFusionContract):
    @pytest.fixture
    def component(self):
        return WeightedMeanFusion(WeightedMeanParams(weights={"text": 2, "image": 1}))


class TestConcat(EarlyFusionContract):
    inputs = OTHERS

    @pytest.fixture
    def component(self):
        return ConcatFusion(ConcatParams())


def trained(fusion, path, sequences=False):
    """Return the class's fusion by the file of one that was trained on random vectors."""
    random = np.random.default_rng(3)
    shape = (60, 4) if sequences else (60,)
    vectors = {name: random.normal(size=(*shape, space.dim)) for name, space in OTHERS.items()}
    vectors = {
        name: (rows / np.linalg.norm(rows, axis=-1, keepdims=True)).astype(np.float32) for name, rows in vectors.items()
    }
    fusion.fit(vectors, target=np.arange(60) % 3, spaces=OTHERS).save(path)
    return type(fusion)(fusion.params.model_copy(update={"model": path}))


class TestTensor(EarlyFusionContract):
    inputs = OTHERS

    @pytest.fixture
    def component(self):
        return TensorFusion(TensorParams())


class TestTrainedConcat(EarlyFusionContract):
    inputs = OTHERS
    expected_failures = {
        "test_weights_are_shares": "weights are part of what it was trained with, and stand in its file"
    }

    @pytest.fixture(scope="class")
    def component(self, tmp_path_factory):
        params = ConcatParams(scale="standard", pca=5)
        return trained(ConcatFusion(params), tmp_path_factory.mktemp("concat") / "model.safetensors")


class TestCca(EarlyFusionContract):
    inputs = OTHERS

    @pytest.fixture(scope="class")
    def component(self, tmp_path_factory):
        return trained(CcaFusion(CcaParams()), tmp_path_factory.mktemp("cca") / "model.safetensors")


class TestGated(EarlyFusionContract):
    inputs = OTHERS

    @pytest.fixture(scope="class")
    def component(self, tmp_path_factory):
        return trained(
            GatedFusion(GatedParams(dim=6, epochs=2)), tmp_path_factory.mktemp("gated") / "model.safetensors"
        )


class TestAttention(EarlyFusionContract):
    inputs = OTHERS

    @pytest.fixture(scope="class")
    def component(self, tmp_path_factory):
        fusion = AttentionFusion(AttentionParams(dim=8, epochs=2))
        return trained(fusion, tmp_path_factory.mktemp("attention") / "model.safetensors", fusion.sequences)


class TestLowRankTensor(EarlyFusionContract):
    inputs = OTHERS

    @pytest.fixture(scope="class")
    def component(self, tmp_path_factory):
        fusion = LowRankTensorFusion(LowRankTensorParams(dim=6, epochs=2))
        return trained(fusion, tmp_path_factory.mktemp("low-rank") / "model.safetensors")


class TestCrossAttention(EarlyFusionContract):
    inputs = OTHERS

    @pytest.fixture(scope="class")
    def component(self, tmp_path_factory):
        fusion = CrossAttentionFusion(CrossAttentionParams(dim=8, heads=2, epochs=2))
        return trained(fusion, tmp_path_factory.mktemp("cross") / "model.safetensors", fusion.sequences)
