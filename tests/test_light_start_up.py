"""Nothing heavy is imported before it is needed, in processes of their own."""

from __future__ import annotations

import subprocess
import sys
from textwrap import dedent

import pytest

HEAVY = {
    "ir_measures",
    "matplotlib",
    "scipy",
    "sklearn",
    "av",
    "cv2",
    "faster_whisper",
    "huggingface_hub",
    "librosa",
    "onnxruntime",
    "openvino",
    "pandas",
    "PIL",
    "pyarrow",
    "qdrant_client",
    "qdrant_edge",
    "sentence_transformers",
    "soundfile",
    "torch",
    "transformers",
}


def imported(code: str) -> set[str]:
    """Return the top-level modules that a fresh interpreter has imported after ``code``."""
    code = dedent(code) + "\nimport sys; print('modules:', *{name.partition('.')[0] for name in sys.modules})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return set(done.stdout.rpartition("modules:")[2].split())


COMMAND = """
import sys
from chiasm.cli import main
sys.argv = ["chiasm", *{arguments!r}]
try:
    main()
except SystemExit as end:
    assert not end.code, end.code
"""


def test_importing_chiasm_and_its_command_line_is_light():
    assert not imported("import chiasm, chiasm.cli") & HEAVY


@pytest.mark.parametrize("arguments", [["--help"], ["index", "--help"], ["search", "--help"], ["--version"]])
def test_help_discovers_no_plugin_and_imports_nothing_heavy(arguments):
    modules = imported(COMMAND.format(arguments=arguments))
    assert not modules & (HEAVY | {"chiasm_plugins", "numpy"})


@pytest.mark.parametrize("arguments", [["plugins", "list"], ["plugins", "list", "--json"], ["plugins", "show", "clip"]])
def test_listing_plugins_imports_none_of_their_implementations(arguments):
    assert not imported(COMMAND.format(arguments=arguments)) & HEAVY


def test_the_params_of_every_component_are_light():
    modules = imported(
        """
        from importlib import import_module
        from chiasm_registry import installed_registry
        for component in installed_registry().components():
            if component.spec.params:
                module, _, name = component.spec.params.partition(":")
                assert getattr(import_module(module), name)
        """
    )
    assert "chiasm_plugins" in modules
    assert not modules & HEAVY


def test_a_plan_is_made_without_loading_a_model():
    code = "from chiasm import Pipeline; Pipeline.preset('starter', store='/nonexistent/store').plan()"
    assert not imported(code) & {"torch", "transformers", "sentence_transformers", "openvino", "cv2", "av"}
