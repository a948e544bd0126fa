"""A torch module made ready to run: batches of arrays in, arrays out, by any runtime."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from chiasm.errors import ConfigError, EncodingError
from chiasm.runtime.choice import RuntimeChoice

if TYPE_CHECKING:
    import torch

Batch = Mapping[str, NDArray[np.generic]]
"""Inputs of one call of a module, by the name of its ``forward`` argument."""

Outputs = tuple[NDArray[np.float32], ...]
"""What one call gives: one array for each tensor that ``forward`` returns."""


class CompiledModel(ABC):
    """A module that a runtime holds ready. Used from one thread at a time.

    Attributes:
        choice: What runs it.
    """

    def __init__(self, choice: RuntimeChoice) -> None:
        self.choice = choice

    def run(self, batches: Iterable[Batch]) -> list[Outputs]:
        """Run batches, several at a time where the runtime has streams.

        Args:
            batches: Inputs of each call; taken one by one as streams come free, so a generator that pads on the way
                holds few padded batches in memory.

        Returns:
            The outputs of each batch as float32, in order.

        Raises:
            EncodingError: The runtime failed, for example because an input has a shape that the module refuses.
        """
        try:
            return self._run(batches)
        except RuntimeError as error:
            raise EncodingError(f"the model failed in {self.choice.runtime}: {one_line(error)}") from error

    @abstractmethod
    def _run(self, batches: Iterable[Batch]) -> list[Outputs]:
        """Run batches in order."""

    @abstractmethod
    def close(self) -> None:
        """Let the weights go."""


def one_line(error: Exception) -> str:
    """Return what an error of a runtime says, on one line."""
    return " ".join(str(error).split())


def compile_module(
    build: Callable[[], torch.nn.Module],
    example: Batch,
    choice: RuntimeChoice,
    *,
    dynamic_axes: Mapping[str, Sequence[int]],
    cache_key: str | None = None,
) -> CompiledModel:
    """Make a torch module ready to run by the chosen runtime.

    Args:
        build: Makes the module, in float32 on the processor. Its ``forward`` takes the names of ``example`` as keyword
            arguments and returns a tensor or a tuple of tensors. Not called when a converted form is in the cache.
        example: Inputs of a call, of true dtypes, with at least two rows of unequal length where lengths differ, for
            runtimes that convert a module by following one call.
        choice: From ``choose_runtime``.
        dynamic_axes: By input, the axes whose length differs between calls, usually ``(0,)`` for pictures and
            ``(0, 1)`` for tokens. Every input of the example is named.
        cache_key: Identity of the module's weights *and* of the code that ``build`` wraps around them, for example
            ``f"mean-pooling-1:{sha256}"``. Given one, the converted form is kept in the user's cache folder, and a
            later process starts without torch.

    Example:
        >>> choice = choose_runtime(RuntimeParams())
        >>> example = {"input": np.ones((2, 4), np.float32)}
        >>> model = compile_module(lambda: torch.nn.Linear(4, 3), example, choice, dynamic_axes={"input": (0,)})
        >>> [(y,)] = model.run([{"input": np.zeros((5, 4), np.float32)}])
        >>> y.shape
        (5, 3)

    Raises:
        ConfigError: ``dynamic_axes`` does not name the inputs of ``example``, or the runtime cannot convert the module.
    """
    if set(dynamic_axes) != set(example):
        raise ConfigError(f"dynamic_axes names {sorted(dynamic_axes)} where the inputs are {sorted(example)}")
    if choice.runtime == "torch":
        from chiasm.runtime.torch_model import TorchModel

        return TorchModel(build(), choice)
    if choice.runtime == "openvino":
        from chiasm.runtime.openvino_model import OpenVinoModel

        return OpenVinoModel(build, example, choice, dynamic_axes, cache_key)
    from chiasm.runtime.onnxruntime_model import OnnxRuntimeModel

    return OnnxRuntimeModel(build, example, choice, dynamic_axes, cache_key)
