"""Runs something of a component in another Python process, with another seed of hashing."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import tempfile
from typing import Any

from chiasm.testing.contract import ContractBroken

_PROGRAM = """
import pickle, sys
path = sys.stdin.buffer
sys.path[:] = pickle.load(path)
component, method, arguments = pickle.load(path)
with open(sys.argv[1], "wb") as results:
    component.load()
    pickle.dump(getattr(component, method)(*arguments), results)
"""


def call_in_another_process(component: Any, method: str, *arguments: Any) -> Any:  # noqa: ANN401
    """Return what ``component.method(*arguments)`` gives in a process of its own, where it is loaded first.

    Raises:
        ContractBroken: The component cannot be sent there, or the call fails there.
    """
    with tempfile.TemporaryDirectory() as folder:
        results = os.path.join(folder, "results")  # noqa: PTH118 - given to the other process as text
        done = subprocess.run(  # noqa: S603 - this Python
            [sys.executable, "-c", _PROGRAM, results],
            input=pickle.dumps(sys.path) + pickle.dumps((component, method, arguments)),
            capture_output=True,
            env=os.environ | {"PYTHONHASHSEED": "12345"},
            check=False,
        )
        if done.returncode:
            said = done.stderr.decode("utf-8", "replace").strip().splitlines()
            raise ContractBroken(f"it fails in another process: {said[-1] if said else f'exit {done.returncode}'}")
        with open(results, "rb") as stream:  # noqa: PTH123
            return pickle.load(stream)  # noqa: S301 - its own
