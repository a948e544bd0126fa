"""The part that every fusion trained by gradient descent has in common. Imports torch only to train and to load."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

import numpy as np
from numpy.typing import NDArray

from chiasm.contracts import TrainableFusion
from chiasm.contracts.encoder import Dense
from chiasm.errors import FusionError, ModelUnavailable, UnusableComponent
from chiasm.fusion import FieldBatch, FusionFile
from chiasm_plugins.fusions.neural_params import NeuralParams

if TYPE_CHECKING:
    from chiasm_plugins.fusions.network import FusionNetwork
    from chiasm_plugins.fusions.training import Goal

N = TypeVar("N", bound=NeuralParams)


class NeuralFusion(TrainableFusion[N]):
    """A small network over the fields, trained for classes, for groups or without labels; its vectors have length 1.

    With a ``target`` it learns classes, which ``predict_proba`` tells, and vectors of one class come to lie together.
    Without one it learns that fields of the same document belong together, so that a query with some fields finds
    documents with others.
    """

    shaping: ClassVar[tuple[str, ...]] = ("dim",)
    # Documents that go through the network at once.
    chunk: ClassVar[int] = 1024

    _network: FusionNetwork | None = None

    @abstractmethod
    def network(self, dims: Sequence[int], classes: int, params: N) -> FusionNetwork:
        """Make the network for fields of these dimensions, in the order of their names."""

    def prepared(self, batch: FieldBatch, params: N) -> FieldBatch:
        """Return what the network is given of a batch; all of it by default."""
        return batch

    def learns_classes(self, target: NDArray[Any] | None) -> bool:
        """See ``TrainableFusion.learns_classes``."""
        return self._goal(target) == "classes"

    def train(
        self, batch: FieldBatch, target: NDArray[Any] | None, classes: int
    ) -> tuple[int, dict[str, NDArray[Any]]]:
        """Train a network; see ``TrainableFusion.train``."""
        goal = self._goal(target)
        if goal == "classes" and classes < 2:
            raise FusionError("all documents are of one class; at least two are due", where=self.name)
        if len(batch) < 2:
            raise FusionError(f"{len(batch)} document is too few to learn from", where=self.name)
        if goal == "views" and not (batch.mask.sum(axis=1) > 1).any():
            raise FusionError(
                "no document has two fields, so nothing tells which belong together", where=self.name,
                fix="Give documents with several fields, or a 'target'.",
            )  # fmt: skip
        torch = _torch()
        batch = self.prepared(batch, self.params)
        from chiasm_plugins.fusions.network import weights_of
        from chiasm_plugins.fusions.training import Trainer

        labels = None if target is None or goal == "views" else torch.from_numpy(target)
        # Chance inside the network (first weights, dropout) follows the seed, and the caller's is left alone.
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(self.params.seed)
            network = self.network(list(batch.dims.values()), classes, self.params)
            network.standardise(batch)
            Trainer(network, batch, labels, goal, self.params).run()
        return self.params.dim, weights_of(network)

    def restore(self, file: FusionFile) -> None:
        """Make the network and set its weights."""
        _torch()
        from chiasm_plugins.fusions.network import set_weights

        dims = [space.dim for _, space in sorted(file.fields.items())]
        network = self.network(dims, len(file.classes), self.settings)
        try:
            set_weights(network, file.arrays)
        except RuntimeError as error:
            raise ModelUnavailable(
                f"the weights do not fit their description ({str(error).splitlines()[0]})", where=self._place,
                fix="Train the fusion again.",
            ) from error  # fmt: skip
        self._network = network

    def fuse_batch(self, batch: FieldBatch) -> Dense:
        """See ``TrainableFusion.fuse_batch``."""
        parts = [self._through(batch.rows(slice(at, at + self.chunk)))[0] for at in range(0, len(batch), self.chunk)]
        return np.vstack(parts) if parts else np.zeros((0, self.file.dim), np.float32)

    def classify_batch(self, batch: FieldBatch) -> NDArray[np.float64]:
        """See ``TrainableFusion.classify_batch``."""
        parts = [self._through(batch.rows(slice(at, at + self.chunk)))[1] for at in range(0, len(batch), self.chunk)]
        return np.vstack(parts) if parts else np.zeros((0, len(self.classes)))

    def close(self) -> None:
        """See ``TrainableFusion.close``."""
        super().close()
        self._network = None

    def _through(self, batch: FieldBatch) -> tuple[Dense, NDArray[np.float64]]:
        torch = _torch()
        from chiasm_plugins.fusions.network import tensors

        network = self._network
        if network is None:
            raise FusionError("'load' is to be called first", where=self.name)
        with torch.no_grad():
            fused = network(tensors(self.prepared(batch, self.settings)))
            chances = torch.softmax(network.logits(fused).double(), dim=1).numpy() if self.classes else np.zeros((0, 0))
        return fused.numpy(), chances

    def _goal(self, target: NDArray[Any] | None) -> Goal:
        objective = self.params.objective
        if objective == "auto":
            return "views" if target is None else "classes"
        if objective != "views" and target is None:
            raise FusionError(
                f"the objective {objective!r} needs 'target': what each document is", where=self.name,
                fix="Give it to 'fit', or choose the objective 'views'.",
            )  # fmt: skip
        return objective


def _torch() -> Any:  # noqa: ANN401
    try:
        import torch
    except ImportError as error:
        raise UnusableComponent(
            "trained fusions run in torch, which is not installed", fix="pip install 'chiasm[fusion]'"
        ) from error
    return torch
