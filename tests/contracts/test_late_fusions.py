"""Every built-in late fusion keeps the contract."""

from __future__ import annotations

import numpy as np
import pytest

from chiasm.contracts import Rankings
from chiasm.testing import LateFusionContract
from chiasm.testing.late_fusion import IDS, SOURCES
from chiasm_plugins.fusions.borda import BordaFusion, BordaParams
from chiasm_plugins.fusions.comb import CombMnzFusion, CombParams, CombSumFusion
from chiasm_plugins.fusions.isr import IsrFusion, IsrParams
from chiasm_plugins.fusions.learned import LearnedFusion
from chiasm_plugins.fusions.learned_params import LearnedParams
from chiasm_plugins.fusions.product import ProductFusion, ProductParams
from chiasm_plugins.fusions.rrf import RrfFusion, RrfParams
from chiasm_plugins.fusions.weighted_sum import WeightedSumFusion, WeightedSumParams


class TestRrf(LateFusionContract):
    @pytest.fixture
    def component(self):
        return RrfFusion(RrfParams())


class TestRrfOverWhatCouldBeRanked(LateFusionContract):
    @pytest.fixture
    def component(self):
        return RrfFusion(RrfParams(coverage="available"))


class TestRrfWhoseWeightsDivideRanks(LateFusionContract):
    @pytest.fixture
    def component(self):
        return RrfFusion(RrfParams(weigh="ranks"))


class TestWeightedSum(LateFusionContract):
    @pytest.fixture(params=["min-max", "z-score", "dbsf"])
    def component(self, request):
        return WeightedSumFusion(WeightedSumParams(normalization=request.param))


class TestCombSum(LateFusionContract):
    @pytest.fixture
    def component(self):
        return CombSumFusion(CombParams())


class TestCombMnz(LateFusionContract):
    @pytest.fixture
    def component(self):
        return CombMnzFusion(CombParams())


class TestBorda(LateFusionContract):
    @pytest.fixture
    def component(self):
        return BordaFusion(BordaParams())


class TestIsr(LateFusionContract):
    @pytest.fixture
    def component(self):
        return IsrFusion(IsrParams())


class TestProduct(LateFusionContract):
    @pytest.fixture
    def component(self):
        return ProductFusion(ProductParams())


class TestLearned(LateFusionContract):
    """All but monotonicity: a classifier weighs score, share and rank together, and may take one against another."""

    expected_failures = dict.fromkeys(
        (
            "test_one_source_keeps_its_order",
            "test_what_all_agree_on_comes_first",
            "test_a_better_place_never_makes_it_worse",
        ),
        "a classifier promises no monotonicity",
    )

    @pytest.fixture(scope="class")
    def component(self, tmp_path_factory):
        random = np.random.default_rng(0)
        relevant = random.random((200, len(IDS))) < 0.3
        rankings = {
            source: Rankings.from_array(random.normal(size=relevant.shape) + 2 * relevant, IDS) for source in SOURCES
        }
        judged = {str(at): dict(zip(IDS, map(int, row), strict=True)) for at, row in enumerate(relevant.tolist())}
        path = tmp_path_factory.mktemp("learned") / "learned.safetensors"
        LearnedFusion(LearnedParams()).fit(rankings, judged).save(path)
        return LearnedFusion(LearnedParams(model=path))
