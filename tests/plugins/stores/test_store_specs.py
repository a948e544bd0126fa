"""The stores are described without importing what they need."""

from __future__ import annotations

import subprocess
import sys

import pytest

from chiasm.contracts import Store
from chiasm_plugins.stores import chiasm_components
from chiasm_plugins.stores.client_params import QdrantParams
from chiasm_plugins.stores.edge_params import EdgeParams


def test_specs_and_params_import_no_engine() -> None:
    code = """
import sys
import chiasm_plugins.stores, chiasm_plugins.stores.client_params, chiasm_plugins.stores.edge_params
print([name for name in ("qdrant_edge", "qdrant_client", "grpc", "httpx", "tenacity") if name in sys.modules])
"""
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


@pytest.mark.parametrize("spec", chiasm_components(), ids=lambda spec: spec.name)
def test_each_spec_names_a_store_and_its_params(spec: object) -> None:
    from importlib import import_module

    targets = [spec.target, spec.params]  # type: ignore[attr-defined]
    store, params = (getattr(import_module(target.partition(":")[0]), target.partition(":")[2]) for target in targets)
    assert issubclass(store, Store)
    assert params in (EdgeParams, QdrantParams)
    assert all(field.description for field in params.model_fields.values())
