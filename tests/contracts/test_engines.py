"""Every built-in engine keeps the contract."""

from __future__ import annotations

import pytest

from chiasm.testing import EngineContract
from chiasm_plugins.engines.local import LocalEngine
from chiasm_plugins.engines.local_params import LocalParams


class TestLocal(EngineContract):
    @pytest.fixture
    def component(self):
        return LocalEngine(LocalParams())
