"""What this machine computes with: processor threads, bfloat16 instructions, a GPU."""

from __future__ import annotations

import ctypes
import os
import sys
from functools import cache
from importlib.util import find_spec
from pathlib import Path


def usable_threads() -> int:
    """Return the number of processor threads that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0)) or 1
    return os.cpu_count() or 1


@cache
def installed(module: str) -> bool:
    """Return whether ``module`` can be imported, without importing it."""
    return find_spec(module) is not None


@cache
def bfloat16_instructions() -> str:
    """Return the name of the processor's bfloat16 matrix instructions, for example ``"AMX"``; empty when it has none.

    Linux tells by ``/proc/cpuinfo``; elsewhere OpenVINO is asked where it is installed.
    """
    if sys.platform == "linux":
        flags = _cpu_flags(Path("/proc/cpuinfo").read_text(encoding="ascii", errors="replace"))
        return "AMX" if "amx_bf16" in flags else "AVX-512 BF16" if "avx512_bf16" in flags else ""
    return "bfloat16" if installed("openvino") and openvino_has_bfloat16() else ""


def _cpu_flags(cpuinfo: str) -> frozenset[str]:
    for line in cpuinfo.splitlines():
        if line.startswith("flags"):
            return frozenset(line.partition(":")[2].split())
    return frozenset()


@cache
def openvino_has_bfloat16() -> bool:
    """Return whether OpenVINO's CPU plugin computes in bfloat16 here."""
    import openvino

    return "BF16" in openvino.Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES")


@cache
def cuda_available() -> bool:
    """Return whether torch can use an NVIDIA GPU. torch is imported only where its driver is installed."""
    if not installed("torch"):
        return False
    try:
        ctypes.CDLL("nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1")
    except OSError:
        return False
    import torch

    return bool(torch.cuda.is_available())


@cache
def cuda_has_bfloat16() -> bool:
    """Return whether the GPU computes in bfloat16 (NVIDIA Ampere and later do)."""
    import torch

    return bool(torch.cuda.is_bf16_supported(including_emulation=False))
