"""The registry stays light: what a start of the program imports."""

from __future__ import annotations

import subprocess
import sys


def test_discovery_imports_no_heavy_package():
    program = "import sys, chiasm_registry\nchiasm_registry.installed_registry()\nprint(*sys.modules)\n"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    heavy = {"numpy", "pydantic", "torch", "transformers", "cv2", "av", "qdrant_edge", "qdrant_client", "rich", "typer"}
    assert not heavy & set(done.stdout.split())


def test_the_registry_of_a_process_is_discovered_once():
    from chiasm_registry import installed_registry

    assert installed_registry() is installed_registry()
