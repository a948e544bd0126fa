"""A module converted to OpenVINO and run on the processor in parallel streams."""

from __future__ import annotations

import logging
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

MODEL = "model.xml"


class OpenVinoModel(CompiledModel):
    """Runs a module that OpenVINO converted by following one call of it.

    Batches go to ``choice.streams`` streams at once, each with its share of the threads. Measured with MiniLM on two
    cores, two streams of one thread compute 1.2 times as much as one stream of two.
    """

    def __init__(
        self,
        build: Callable[[], torch.nn.Module],
        example: Batch,
        choice: RuntimeChoice,
        dynamic_axes: Mapping[str, Sequence[int]],
        cache_key: str | None,
    ) -> None:
        super().__init__(choice)

        def convert() -> Any:  # noqa: ANN401
            return _convert(build(), example, dynamic_axes)

        compiled = _from_cache(convert, choice, cache_key) if cache_key else None
        self._compiled: Any = compiled or _core().compile_model(convert(), "CPU", _settings(choice))
        self._outputs = range(len(self._compiled.outputs))
        self._queue = self._new_queue()

    def _run(self, batches: Iterable[Batch]) -> list[Outputs]:
        results: dict[int, Outputs] = {}

        def finished(request: Any, index: int) -> None:  # noqa: ANN401
            # The request's own memory is used again for the next batch, hence the copy.
            results[index] = tuple(
                np.array(request.get_output_tensor(output).data, dtype=np.float32) for output in self._outputs
            )

        self._queue.set_callback(finished)
        try:
            for index, batch in enumerate(batches):
                self._queue.start_async(dict(batch), userdata=index)
            self._queue.wait_all()
        except BaseException:
            # Requests that failed or still run would be in the way of the next call.
            self._queue = self._new_queue()
            raise
        return [results[index] for index in range(len(results))]

    def _new_queue(self) -> Any:  # noqa: ANN401
        import openvino

        return openvino.AsyncInferQueue(self._compiled, self.choice.streams)

    def close(self) -> None:
        """Let the weights go."""
        self._queue = self._compiled = None


def _core() -> Any:  # noqa: ANN401
    import openvino

    return openvino.Core()


def _settings(choice: RuntimeChoice) -> dict[str, Any]:
    return {
        "INFERENCE_PRECISION_HINT": "bf16" if choice.dtype == "bfloat16" else "f32",
        "NUM_STREAMS": choice.streams,
        "INFERENCE_NUM_THREADS": choice.threads,
    }


def _convert(module: torch.nn.Module, example: Batch, dynamic_axes: Mapping[str, Sequence[int]]) -> Any:  # noqa: ANN401
    import openvino
    import torch

    shapes = [
        (name, openvino.PartialShape([-1 if axis in dynamic_axes[name] else n for axis, n in enumerate(array.shape)]))
        for name, array in example.items()
    ]
    inputs = {name: torch.from_numpy(array) for name, array in example.items()}
    try:
        with following_a_call():
            return openvino.convert_model(module.eval(), example_input=inputs, input=shapes)
    except Exception as error:
        raise ConfigError(
            f"OpenVINO cannot convert {type(module).__name__}: {one_line(error)}",
            fix="Use runtime 'torch' for this component.",
        ) from error


def _from_cache(convert: Callable[[], Any], choice: RuntimeChoice, cache_key: str) -> Any:  # noqa: ANN401
    """Return the compiled model, read from the cache and put there first where it is missing; None without a cache."""
    import openvino

    def write(folder: Path) -> None:
        log.info("converting a model for OpenVINO, once; it is kept in %s", cache.cache_folder())
        # As float32: the file's precision is the weights' own, whatever the arithmetic is.
        openvino.save_model(convert(), folder / MODEL, compress_to_fp16=False)

    key = f"openvino {cache_key}"
    for _ in range(2):
        folder = cache.kept(key, openvino.__version__, write)
        if folder is None:
            return None
        # Beside the model OpenVINO keeps what it compiled, without a second copy of the weights.
        settings = _settings(choice) | {"CACHE_DIR": str(folder / choice.dtype), "CACHE_MODE": "OPTIMIZE_SIZE"}
        try:
            return _core().compile_model(str(folder / MODEL), "CPU", settings)
        except RuntimeError:
            cache.forget(folder)
    return None
