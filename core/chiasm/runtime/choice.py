"""Choosing what runs a model: asked for, or the fastest that this machine has, and in words why."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from functools import cache
from typing import Protocol, runtime_checkable

from chiasm.errors import ConfigError
from chiasm.runtime import processor
from chiasm.runtime.params import Device, Precision, RuntimeName, RuntimeParams

log = logging.getLogger("chiasm.runtime")


@dataclass(frozen=True, slots=True)
class RuntimeChoice:
    """What runs a model.

    Attributes:
        runtime: ``"torch"``, ``"openvino"`` or ``"onnxruntime"``.
        dtype: Precision of the arithmetic, ``"float32"`` or ``"bfloat16"``.
        device: ``"cpu"`` or ``"cuda"``.
        threads: Processor threads, over all streams.
        streams: Batches that are computed at the same time.
        reason: Why, in words.
    """

    runtime: RuntimeName
    dtype: Precision
    device: Device
    threads: int
    streams: int
    reason: str

    def __str__(self) -> str:
        return f"{self.runtime} {self.dtype} on {self.device}: {self.reason}"


@runtime_checkable
class HasRuntime(Protocol):
    """A component that runs a model and can say by what before it is loaded."""

    @property
    def runtime(self) -> RuntimeChoice:
        """What runs, or will run, the model."""
        ...


def choose_runtime(
    params: RuntimeParams, torch_only: str | None = None, float32_because: str | None = None
) -> RuntimeChoice:
    """Choose what runs a model, and log the choice once.

    ``auto`` takes, in this order: a GPU; OpenVINO in bfloat16 where the processor has bfloat16 matrix instructions;
    torch in bfloat16 there without OpenVINO; OpenVINO in float32; torch in float32. Measured with MiniLM on two cores
    with AMX, OpenVINO bfloat16 is about 1.4 times torch bfloat16 and over twice torch float32.

    Args:
        params: What was asked for.
        torch_only: Why only torch can run the model, where that is so.
        float32_because: Why ``auto`` leaves bfloat16 aside, where the model's vectors would move too far by it.

    Raises:
        ConfigError: What was asked for is not installed, not here, or does not go together.
    """
    device = _device(params)
    runtime = _runtime(params, device, torch_only)
    dtype, because = _dtype(params, runtime, device, float32_because)
    if params.runtime != "auto":
        reason = f"{runtime} as asked for, {because}"
    elif device == "cuda":
        reason = f"torch finds a GPU, {because}"
    elif torch_only:
        reason = f"{torch_only}, {because}"
    elif runtime == "torch":
        reason = f"OpenVINO is not installed (pip install 'chiasm[openvino]' is faster), {because}"
    else:
        reason = f"OpenVINO is installed, {because}"
    threads = params.threads or processor.usable_threads()
    streams = min(threads, max(2, threads // 4)) if runtime == "openvino" else 1
    choice = RuntimeChoice(runtime, dtype, device, threads, streams, reason)
    _log_once(str(choice))
    return choice


def _device(params: RuntimeParams) -> Device:
    if params.device == "cpu":
        return "cpu"
    if params.device == "cuda":
        if params.runtime in ("openvino", "onnxruntime"):
            raise ConfigError(
                f"runtime '{params.runtime}' runs on the processor only, and device 'cuda' was asked for",
                fix="Use runtime 'torch' or 'auto' for a GPU.",
            )
        if not processor.cuda_available():
            raise ConfigError(
                "device 'cuda' was asked for, and torch finds no GPU here",
                fix="Install a torch with CUDA and NVIDIA's driver, or use device 'auto'.",
            )
        return "cuda"
    wants_cpu = params.runtime in ("openvino", "onnxruntime")
    return "cuda" if not wants_cpu and processor.cuda_available() else "cpu"


def _runtime(params: RuntimeParams, device: Device, torch_only: str | None) -> RuntimeName:
    if params.runtime == "auto":
        return "torch" if torch_only or device == "cuda" or not processor.installed("openvino") else "openvino"
    if torch_only and params.runtime != "torch":
        raise ConfigError(
            f"runtime '{params.runtime}' was asked for, and {torch_only}", fix="Use runtime 'torch' or 'auto'."
        )
    needed = {"torch": ("torch",), "openvino": ("openvino",), "onnxruntime": ("onnxruntime", "onnx", "onnxscript")}
    missing = [module for module in needed[params.runtime] if not processor.installed(module)]
    if missing:
        extra = "text" if params.runtime == "torch" else params.runtime
        raise ConfigError(
            f"runtime '{params.runtime}' was asked for, and {', '.join(missing)} is not installed",
            fix=f"pip install 'chiasm[{extra}]'",
        )
    return params.runtime


def _dtype(
    params: RuntimeParams, runtime: RuntimeName, device: Device, float32_because: str | None
) -> tuple[Precision, str]:
    if runtime == "onnxruntime":
        if params.dtype == "bfloat16":
            raise ConfigError(
                "runtime 'onnxruntime' does not compute in bfloat16 on a processor",
                fix="Use dtype 'float32' or 'auto' with it, or runtime 'openvino' or 'torch'.",
            )
        return "float32", "which computes in float32 on a processor"
    if params.dtype == "float32":
        return "float32", "float32 as asked for"
    if params.dtype == "auto" and float32_because:
        return "float32", f"float32 because {float32_because}"
    if device == "cuda":
        name = "bfloat16" if processor.cuda_has_bfloat16() else ""
    else:
        name = processor.bfloat16_instructions()
    if params.dtype == "bfloat16":
        if runtime == "openvino" and not processor.openvino_has_bfloat16():
            raise ConfigError(
                "dtype 'bfloat16' was asked for, and OpenVINO does not compute in it on this processor",
                fix="Use dtype 'auto', or runtime 'torch', which emulates it slowly.",
            )
        return "bfloat16", "bfloat16 as asked for" if name else "bfloat16 as asked for, emulated here and slow"
    if name:
        return "bfloat16", f"the {'GPU' if device == 'cuda' else 'processor'} computes in {_named(name)}"
    return "float32", f"the {'GPU' if device == 'cuda' else 'processor'} has no bfloat16 instructions"


def _named(instructions: str) -> str:
    return instructions if instructions == "bfloat16" else f"bfloat16 ({instructions})"


@cache
def _log_once(message: str) -> None:
    log.info("%s", message)
