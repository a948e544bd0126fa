"""Every built-in store keeps the contract."""

from __future__ import annotations

from pathlib import Path

import pytest

from chiasm.testing import StoreContract
from chiasm_plugins.stores.client import QdrantStore
from chiasm_plugins.stores.client_params import QdrantParams
from chiasm_plugins.stores.edge import EdgeStore
from chiasm_plugins.stores.edge_params import EdgeParams


class TestQdrantEdge(StoreContract):
    @pytest.fixture
    def component(self, tmp_path):
        return EdgeStore(EdgeParams(path=tmp_path / "store", reserve_mb=0))


class TestQdrantFolder(StoreContract):
    @pytest.fixture
    def component(self, tmp_path):
        return QdrantStore(QdrantParams(path=tmp_path / "store"))


class TestQdrantMemory(StoreContract):
    outlives_its_process = False

    @pytest.fixture
    def component(self):
        return QdrantStore(QdrantParams(path=Path(":memory:")))
