"""A module converted to OpenVINO and run on the processor in parallel streams."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path
from threading import Lock
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

FIRST_USE = Lock()


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
        # Two requests a stream: the next one waits there while Python, which other threads hold, takes up what is done.
        self._requests = [self._compiled.create_infer_request() for _ in range(2 * choice.streams)]
        self._threads = ThreadPoolExecutor(len(self._requests), thread_name_prefix="chiasm-openvino")

    def _run(self, batches: Iterable[Batch]) -> list[Outputs]:
        # One thread a request; OpenVINO lets go of the interpreter while it computes.
        # Its AsyncInferQueue would do the same with callbacks, but can wait for ever on one when it is destroyed.
        feed = _Feed(batches)
        others = [self._threads.submit(_work, request, feed) for request in self._requests[1:]]
        try:
            results = _work(self._requests[0], feed)
        finally:
            wait(others)
        for other in others:
            results |= other.result()
        return [results[index] for index in range(len(results))]

    def close(self) -> None:
        """Let the weights go."""
        self._threads.shutdown()
        self._requests = []
        self._compiled = None


class _Feed:
    """Hands numbered batches to several threads, until they end or one of the threads fails."""

    def __init__(self, batches: Iterable[Batch]) -> None:
        self._numbered = enumerate(batches)
        self._lock = Lock()
        self._failed = False

    def take(self) -> tuple[int, Batch] | None:
        with self._lock:
            return None if self._failed else next(self._numbered, None)

    def fail(self) -> None:
        self._failed = True


def _work(request: Any, feed: _Feed) -> dict[int, Outputs]:  # noqa: ANN401
    results: dict[int, Outputs] = {}
    try:
        while (taken := feed.take()) is not None:
            index, batch = taken
            request.infer(dict(batch), share_inputs=True)
            # The request's own memory is used again for the next batch, hence the copy.
            results[index] = tuple(np.array(tensor.data, dtype=np.float32) for tensor in request.output_tensors)
    except BaseException:
        feed.fail()
        raise
    return results


def _core() -> Any:  # noqa: ANN401
    import openvino

    with FIRST_USE:
        # OpenVINO makes its table of dtypes when it is first asked for one, holding the interpreter while it waits for
        # a thread that makes it already: two streams that begin together would wait for each other for ever.
        openvino.Type.f32.to_dtype()
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
