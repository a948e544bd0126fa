"""A module run by torch, on the processor or a GPU."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from chiasm.runtime.choice import RuntimeChoice
from chiasm.runtime.compiled import Batch, CompiledModel, Outputs

if TYPE_CHECKING:
    import torch

LONE_ELEMENTS = 4096
"""A call with no more input elements than this, a query's tokens, is computed by one thread: a second one gains
nothing on so little, and on busy cores the two wait for each other, for seconds at worst."""


class TorchModel(CompiledModel):
    """Runs a torch module in inference mode.

    In bfloat16 the weights of its linear and convolution layers are bfloat16 and torch's autocast does the rest, which
    keeps normalization layers and softmax in float32.
    """

    def __init__(self, module: torch.nn.Module, choice: RuntimeChoice) -> None:
        super().__init__(choice)
        import torch

        if choice.dtype == "bfloat16":
            matrix = (torch.nn.Linear, torch.nn.Conv1d, torch.nn.Conv2d, torch.nn.Conv3d)
            for layer in module.modules():
                if isinstance(layer, matrix):
                    layer.to(torch.bfloat16)
        self._module: torch.nn.Module | None = module.eval().requires_grad_(False).to(choice.device)

    def _run(self, batches: Iterable[Batch]) -> list[Outputs]:
        import torch

        half = self.choice.dtype == "bfloat16"
        with torch.inference_mode(), torch.autocast(self.choice.device, torch.bfloat16, enabled=half):
            return [self._call(batch) for batch in batches]

    def _call(self, batch: Batch) -> Outputs:
        import torch

        assert self._module is not None, "the model was closed"
        inputs = {name: torch.from_numpy(array).to(self.choice.device) for name, array in batch.items()}
        lone = max(array.size for array in batch.values()) <= LONE_ELEMENTS
        with _torch_threads(1 if lone else self.choice.threads):
            result = self._module(**inputs)
        tensors = result if isinstance(result, tuple) else (result,)
        return tuple(tensor.float().cpu().numpy() for tensor in tensors)

    def close(self) -> None:
        """Let the weights go."""
        self._module = None


@contextmanager
def _torch_threads(count: int) -> Iterator[None]:
    import torch

    before = torch.get_num_threads()
    if before != count:
        torch.set_num_threads(count)
    try:
        yield
    finally:
        if before != count:
            torch.set_num_threads(before)
