"""What a plugin prints, from Python, from C or from a process that it starts, never gets among the results."""

from __future__ import annotations

import json
import os

NOISY = """
import os, subprocess, sys
print("noise of the module")

import numpy as np
from chiasm.contracts import Encoder, NoParams, Prepared
from chiasm.space import EmbeddingSpace
from chiasm_registry import ComponentSpec, hookimpl


class Noisy(Encoder[NoParams]):
    consumes = frozenset({"text"})
    space = EmbeddingSpace("noisy", 4)

    def load(self):
        print("noise of load")
        os.write(1, b"noise of a library in C\\n")
        subprocess.run([sys.executable, "-c", "print('noise of a process')"], check=True)

    def prepare(self, item, role="document"):
        print("noise of a thread")
        return Prepared(item.text())

    def encode_prepared(self, prepared):
        print("noise of the model")
        return np.ones((len(prepared), 4), np.float32) / 2


@hookimpl
def chiasm_components():
    print("noise of the hook")
    return [ComponentSpec("encoder", "noisy", "noisy_plugin:Noisy", "Noisy", None, ("text",), ("dense",))]


@hookimpl
def chiasm_pipeline_built(pipeline):
    print("noise of another hook")
"""
CONFIG = "chiasm: 1\nindex:\n  - encode: text\n    with: {use: noisy}\n"


def test_json_stays_json_whatever_a_plugin_prints(install, process, tmp_path):
    site = install("noisy_plugin", NOISY)
    (tmp_path / "noisy.yaml").write_text(CONFIG)
    (tmp_path / "texts").mkdir()
    (tmp_path / "texts" / "one.txt").write_text("one")
    own = ["--config", "noisy.yaml", "--store", "store", "--json"]

    path = os.pathsep.join([str(site), os.environ.get("PYTHONPATH", "")])
    for command in (["index", "texts"], ["search", "one"], ["info"]):
        done = process(*command, *own, PYTHONPATH=path)
        assert done.code == 0, done
        assert json.loads(done.out)
        assert "noise" not in done.out
        assert "noise of another hook" in done.err
    listed = process("plugins", "list", "--json", PYTHONPATH=path)
    assert json.loads(listed.out)
    assert "noise of the module" in listed.err
