"""The page on late fusion: its examples run, and its table has every late fusion."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from chiasm_plugins.fusions import chiasm_components

PAGE = (Path(__file__).parents[2] / "docs" / "late-fusion.md").read_text("utf-8")
EXAMPLES = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


@pytest.mark.parametrize("example", EXAMPLES, ids=range(len(EXAMPLES)))
def test_examples_run_as_they_stand(example, tmp_path):
    ran = subprocess.run(
        [sys.executable, "-c", example], cwd=tmp_path, env=os.environ, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr


def test_every_late_fusion_is_told_of():
    late = {spec.name for spec in chiasm_components() if spec.produces == ("late",)}
    assert late == set(re.findall(r"^\| `([a-z-]+)` \|", PAGE.partition("## Normalization")[0], re.MULTILINE))
