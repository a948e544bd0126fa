"""The fusions that the tests in this folder share, trained once."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from early_data import PARAMS, ready

from chiasm.contracts import EarlyFusion


@pytest.fixture(scope="session")
def fusions() -> dict[str, EarlyFusion]:
    """Every early fusion, those that can be trained trained on the same documents."""
    return {name: ready(name) for name in PARAMS}
