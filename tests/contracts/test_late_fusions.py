"""Every built-in late fusion keeps the contract."""

from __future__ import annotations

import pytest

from chiasm.testing import LateFusionContract
from chiasm_plugins.fusions.rrf import RrfFusion, RrfParams


class TestRrf(LateFusionContract):
    @pytest.fixture
    def component(self):
        return RrfFusion(RrfParams())


class TestRrfOverWhatCouldBeRanked(LateFusionContract):
    @pytest.fixture
    def component(self):
        return RrfFusion(RrfParams(coverage="available"))
