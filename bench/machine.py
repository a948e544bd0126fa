"""The machine that figures were taken on, printed above them."""

import os
import platform
from pathlib import Path


def processor() -> str:
    """The processor's name, and what of its arithmetic matters to models."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    found = {key.strip(): value.strip() for key, _, value in (line.partition(":") for line in lines)}
    flags = set(found.get("flags", "").split())
    arithmetic = [name for name in ("avx2", "avx512f", "avx512_bf16", "amx_bf16") if name in flags]
    return f"{found.get('model name', platform.machine())} ({', '.join(arithmetic)})"


def print_machine() -> None:
    """Print the machine in one line."""
    print(f"# {processor()}, {os.cpu_count()} cores, Python {platform.python_version()}, {platform.system()}")
