"""The demonstration, run once for all tests of it."""

from __future__ import annotations

import pytest

from chiasm.demo.running import DemoResult, run_demo


@pytest.fixture(scope="session")
def demonstration(tmp_path_factory: pytest.TempPathFactory) -> DemoResult:
    return run_demo(tmp_path_factory.mktemp("demo") / "out", tell=lambda _: None)
