import logging

import pytest

from chiasm.errors import ConfigError
from chiasm.runtime import RuntimeParams, choose_runtime, processor


@pytest.fixture
def machine(monkeypatch):
    """Say what is installed and what the processor has: other machines than this one cannot be had here."""

    def describe(*, installed=("torch", "openvino"), bfloat16="AMX", cuda=False):
        monkeypatch.setattr(processor, "installed", lambda module: module in installed)
        monkeypatch.setattr(processor, "bfloat16_instructions", lambda: bfloat16)
        monkeypatch.setattr(processor, "openvino_has_bfloat16", lambda: bool(bfloat16))
        monkeypatch.setattr(processor, "cuda_available", lambda: cuda)
        monkeypatch.setattr(processor, "cuda_has_bfloat16", lambda: cuda)

    return describe


@pytest.mark.parametrize(
    ("here", "expected"),
    [
        ({}, ("openvino", "bfloat16", "cpu")),
        ({"bfloat16": ""}, ("openvino", "float32", "cpu")),
        ({"installed": ("torch",)}, ("torch", "bfloat16", "cpu")),
        ({"installed": ("torch",), "bfloat16": ""}, ("torch", "float32", "cpu")),
        ({"cuda": True}, ("torch", "bfloat16", "cuda")),
    ],
)
def test_auto_takes_the_fastest_that_the_machine_has(machine, here, expected):
    machine(**here)
    choice = choose_runtime(RuntimeParams())
    assert (choice.runtime, choice.dtype, choice.device) == expected


def test_the_reason_says_what_was_found_and_what_would_be_faster(machine):
    machine(installed=("torch",))
    reason = choose_runtime(RuntimeParams()).reason
    assert "AMX" in reason
    assert "pip install 'chiasm[openvino]'" in reason


def test_a_choice_is_logged_once(machine, caplog):
    machine(bfloat16="a kind of which there is one")
    with caplog.at_level(logging.INFO, "chiasm.runtime"):
        choose_runtime(RuntimeParams())
        choose_runtime(RuntimeParams())
    assert sum("a kind of which there is one" in record.getMessage() for record in caplog.records) == 1


@pytest.mark.parametrize("runtime", ["torch", "openvino", "onnxruntime"])
def test_a_runtime_that_is_asked_for_and_missing_is_an_error_with_the_extra(machine, runtime):
    machine(installed=())
    with pytest.raises(ConfigError, match=rf"'{runtime}' was asked for.*pip install 'chiasm\["):
        choose_runtime(RuntimeParams(runtime=runtime))


def test_bfloat16_in_onnxruntime_is_refused_rather_than_changed():
    with pytest.raises(ConfigError, match="does not compute in bfloat16"):
        choose_runtime(RuntimeParams(runtime="onnxruntime", dtype="bfloat16"))


def test_bfloat16_in_openvino_on_a_processor_without_it_is_refused(machine):
    machine(bfloat16="")
    with pytest.raises(ConfigError, match="does not compute in it"):
        choose_runtime(RuntimeParams(runtime="openvino", dtype="bfloat16"))


def test_bfloat16_in_torch_on_a_processor_without_it_is_taken_and_said_to_be_slow(machine):
    machine(bfloat16="")
    choice = choose_runtime(RuntimeParams(runtime="torch", dtype="bfloat16"))
    assert choice.dtype == "bfloat16"
    assert "slow" in choice.reason


def test_a_gpu_that_is_asked_for_and_missing_is_an_error(machine):
    machine()
    with pytest.raises(ConfigError, match="torch finds no GPU here"):
        choose_runtime(RuntimeParams(device="cuda"))


@pytest.mark.parametrize("runtime", ["openvino", "onnxruntime"])
def test_a_processor_runtime_with_a_gpu_is_an_error(runtime):
    with pytest.raises(ConfigError, match="runs on the processor only"):
        choose_runtime(RuntimeParams(runtime=runtime, device="cuda"))


def test_a_processor_runtime_that_is_asked_for_leaves_a_gpu_aside(machine):
    machine(cuda=True)
    assert choose_runtime(RuntimeParams(runtime="openvino")).device == "cpu"


def test_what_only_torch_runs_goes_to_torch_with_the_reason(machine):
    machine()
    choice = choose_runtime(RuntimeParams(), torch_only="it is written for torch alone")
    assert choice.runtime == "torch"
    assert "it is written for torch alone" in choice.reason


def test_what_only_torch_runs_is_refused_for_another_runtime(machine):
    machine()
    with pytest.raises(ConfigError, match="it is written for torch alone"):
        choose_runtime(RuntimeParams(runtime="openvino"), torch_only="it is written for torch alone")


def test_a_model_may_keep_auto_from_bfloat16_but_not_who_asks_for_it(machine):
    machine()
    assert choose_runtime(RuntimeParams(), float32_because="it is sensitive").dtype == "float32"
    assert "it is sensitive" in choose_runtime(RuntimeParams(), float32_because="it is sensitive").reason
    assert choose_runtime(RuntimeParams(dtype="bfloat16"), float32_because="it is sensitive").dtype == "bfloat16"


def test_threads_are_what_was_asked_for_and_streams_never_more(machine):
    machine()
    assert choose_runtime(RuntimeParams(threads=1)).streams == 1
    assert choose_runtime(RuntimeParams(threads=2)).streams == 2
    assert choose_runtime(RuntimeParams(threads=16)).streams == 4
    assert choose_runtime(RuntimeParams(threads=16, runtime="torch")).streams == 1


def test_instructions_are_read_from_the_flags_of_linux():
    flags = "processor\t: 0\nflags\t\t: fpu avx512f avx512_bf16 amx_bf16\n"
    assert {"avx512_bf16", "amx_bf16"} <= processor._cpu_flags(flags)
    assert processor._cpu_flags("Features\t: fp asimd bf16\n") == frozenset()


def test_nothing_heavy_is_imported_to_choose(run_python):
    loaded = run_python(
        "import sys; from chiasm.runtime import *; choose_runtime(RuntimeParams(device='cpu'));"
        "print(sorted({'torch', 'transformers', 'openvino', 'onnxruntime'} & set(sys.modules)))"
    )
    assert loaded.strip() == "[]"
