"""A module exported to ONNX and run by ONNX Runtime on the processor."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from chiasm.errors import ConfigError
from chiasm.runtime import cache
from chiasm.runtime.choice import RuntimeChoice
from chiasm.runtime.compiled import Batch, CompiledModel, Outputs, one_line
from chiasm.runtime.tracing import following_a_call

if TYPE_CHECKING:
    import torch

log = logging.getLogger("chiasm.runtime")

MODEL = "model.onnx"


class OnnxRuntimeModel(CompiledModel):
    """Runs a module that ``torch.onnx`` exported, in float32."""

    def __init__(
        self,
        build: Callable[[], torch.nn.Module],
        example: Batch,
        choice: RuntimeChoice,
        dynamic_axes: Mapping[str, Sequence[int]],
        cache_key: str | None,
    ) -> None:
        super().__init__(choice)

        def write(folder: Path) -> None:
            log.info("exporting a model for ONNX Runtime; with a cache, once")
            _export(build(), example, dynamic_axes, folder / MODEL)

        folder = cache.kept(f"onnx {cache_key}", _versions(), write) if cache_key else None
        if folder is not None:
            self._session: Any = _session(folder / MODEL, choice.threads)
            return
        with tempfile.TemporaryDirectory() as made:
            write(Path(made))
            self._session = _session(Path(made) / MODEL, choice.threads)

    def _run(self, batches: Iterable[Batch]) -> list[Outputs]:
        return [tuple(np.asarray(output, dtype=np.float32) for output in self._call(batch)) for batch in batches]

    def _call(self, batch: Batch) -> Sequence[Any]:
        try:
            outputs: Sequence[Any] = self._session.run(None, dict(batch))
        except Exception as error:  # ONNX Runtime's errors have no common base of their own
            raise RuntimeError(str(error)) from error
        return outputs

    def close(self) -> None:
        """Let the weights go."""
        self._session = None


def _versions() -> str:
    from importlib.metadata import version

    return f"torch {version('torch')}, onnxscript {version('onnxscript')}"


def _session(path: Path, threads: int) -> Any:  # noqa: ANN401
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def _export(module: torch.nn.Module, example: Batch, dynamic_axes: Mapping[str, Sequence[int]], path: Path) -> None:
    import torch

    shapes = {name: dict.fromkeys(axes, torch.export.Dim.DYNAMIC) for name, axes in dynamic_axes.items()}
    inputs = {name: torch.from_numpy(array) for name, array in example.items()}
    try:
        with following_a_call():
            torch.onnx.export(
                module.eval(),
                (),
                str(path),
                kwargs=inputs,
                dynamic_shapes=shapes,
                dynamo=True,
                verbose=False,
                input_names=list(inputs),
            )
    except Exception as error:
        raise ConfigError(
            f"torch cannot export {type(module).__name__} to ONNX: {one_line(error)}",
            fix="Use runtime 'torch' or 'openvino' for this component.",
        ) from error
