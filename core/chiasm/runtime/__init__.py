"""Runtimes: any torch module, run by torch, OpenVINO or ONNX Runtime, whichever this processor does best.

An encoder's params take in ``RuntimeParams``; ``choose_runtime`` turns them into a ``RuntimeChoice``, and
``compile_module`` into a ``CompiledModel`` that runs batches. Nothing heavy is imported before ``compile_module``.
"""

from chiasm.runtime.choice import HasRuntime, RuntimeChoice, choose_runtime
from chiasm.runtime.compiled import Batch, CompiledModel, Outputs, compile_module
from chiasm.runtime.params import RuntimeParams

__all__ = [
    "Batch",
    "CompiledModel",
    "HasRuntime",
    "Outputs",
    "RuntimeChoice",
    "RuntimeParams",
    "choose_runtime",
    "compile_module",
]
