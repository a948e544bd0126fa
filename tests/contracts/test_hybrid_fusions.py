"""Every built-in hybrid fusion keeps the contract."""

from __future__ import annotations

import pytest

from chiasm.testing import HybridFusionContract
from chiasm_plugins.fusions.cascade import CascadeFusion, CascadeParams
from chiasm_plugins.fusions.joint_plus_parts import JointPlusPartsFusion, JointPlusPartsParams


class TestCascade(HybridFusionContract):
    @pytest.fixture
    def component(self):
        return CascadeFusion(CascadeParams())


class TestJointPlusParts(HybridFusionContract):
    @pytest.fixture
    def component(self):
        return JointPlusPartsFusion(JointPlusPartsParams())
