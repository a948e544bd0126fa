import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder of converted models, empty for each test."""
    monkeypatch.setenv("CHIASM_CACHE_DIR", str(tmp_path / "cache"))
    yield tmp_path / "cache" / "models"


@pytest.fixture
def run_python() -> Callable[[str], str]:
    """Run a program in a process of its own and return what it prints."""

    def run(program: str) -> str:
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
        return done.stdout

    return run
