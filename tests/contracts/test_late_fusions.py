"""Every built-in late fusion keeps the contract."""

from __future__ import annotations

import pytest

from chiasm.testing import LateFusionContract
from chiasm_plugins.fusions.borda import BordaFusion, BordaParams
from chiasm_plugins.fusions.comb import CombMnzFusion, CombParams, CombSumFusion
from chiasm_plugins.fusions.isr import IsrFusion, IsrParams
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


class TestBorda(LateFusionContract):
    @pytest.fixture
    def component(self):
        return BordaFusion(BordaParams())


class TestCombSum(LateFusionContract):
    @pytest.fixture
    def component(self):
        return CombSumFusion(CombParams())


class TestCombMnz(LateFusionContract):
    @pytest.fixture
    def component(self):
        return CombMnzFusion(CombParams())


class TestIsr(LateFusionContract):
    @pytest.fixture
    def component(self):
        return IsrFusion(IsrParams())


class TestProduct(LateFusionContract):
    @pytest.fixture
    def component(self):
        return ProductFusion(ProductParams())


class TestWeightedSum(LateFusionContract):
    @pytest.fixture
    def component(self):
        return WeightedSumFusion(WeightedSumParams())
