"""The examples of the page on early fusion run, and say what they give."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

PAGE = (Path(__file__).parents[2] / "docs" / "early-fusion.md").read_text()


def test_the_examples_run_in_order(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    made: dict[str, object] = {}
    for code in re.findall(r"^```python\n(.*?)^```", PAGE, re.M | re.S):
        exec(code, made)
    fusion, again = made["fusion"], made["again"]
    vectors = {"text": made["words"], "image": made["sights"]}
    assert made["fused"].shape == (100, 20)
    assert fusion(vectors).shape == (100, 16)
    assert fusion.predict_proba(vectors).shape == (100, 10)
    shown = re.search(r"# (<GatedFusion: .*?, )\.\.\.>", PAGE)
    assert shown and repr(fusion).startswith(shown[1])
    np.testing.assert_array_equal(again(vectors), fusion(vectors))


def test_every_early_fusion_is_in_the_table(registry):
    early = {each.name for each in registry.components("fusion")
             if each.distribution == "chiasm" and each.spec.produces == ("early",)}  # fmt: skip
    assert early <= set(re.findall(r"^\| `([a-z-]+)` \|", PAGE, re.M))
