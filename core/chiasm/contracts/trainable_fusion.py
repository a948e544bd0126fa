"""The contract of early fusions that learn from data: trained on arrays, kept in a safe file, loaded by a param."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar, Self, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import Field

from chiasm.contracts.component import TUNING, ModelInfo, Params
from chiasm.contracts.early_fusion import EarlyFusion, array_spaces
from chiasm.contracts.encoder import Dense
from chiasm.errors import FusionError, SpaceMismatch, nearest_names
from chiasm.fusion.batch import FieldBatch
from chiasm.fusion.file import FusionFile, read_fusion_file
from chiasm.space import EmbeddingSpace, require_same_space


class TrainedParams(Params):
    """Base of the params of a fusion that can be trained."""

    model: Path | None = Field(
        None,
        description="File of a trained fusion, made by 'fusion.fit(vectors).save(path)'. It is told by its digest, so "
        "moving it changes nothing.",
        json_schema_extra=TUNING,
    )


T = TypeVar("T", bound=TrainedParams)


class TrainableFusion(EarlyFusion[T]):
    """An early fusion that learns from data, is kept in one safe file, and loaded by the param ``model``.

    A subclass gives ``train``, ``restore`` and ``fuse_batch``; fields, masks, files and spaces are checked here. The
    fused vectors' space has the file's digest, so vectors of two trainings are never compared.

    Attributes:
        name: Registered name, kept in the file.
        shaping: Params that shape the fusion. Given together with ``model``, they must be those in the file.
    """

    name: ClassVar[str]
    shaping: ClassVar[tuple[str, ...]] = ()

    _file: FusionFile | None = None
    _restored = False

    @abstractmethod
    def train(
        self, batch: FieldBatch, target: NDArray[Any] | None, classes: int
    ) -> tuple[int, dict[str, NDArray[Any]]]:
        """Learn from ``n`` documents.

        Args:
            batch: The documents.
            target: int64 ``[n]``: the number of each document's class, or group; ``None`` where there is none.
            classes: How many classes to tell apart; 0 where ``target`` is no classes or there is none.

        Returns:
            Dimensions of a fused vector, and the weights.

        Raises:
            FusionError: The data do not suffice.
        """

    @abstractmethod
    def restore(self, file: FusionFile) -> None:
        """Take weights into use; called once before ``fuse_batch``. Here heavy libraries are imported."""

    @abstractmethod
    def fuse_batch(self, batch: FieldBatch) -> Dense:
        """Fuse a checked batch of the fields that it was trained on: float32 ``[n, dim]``."""

    def classify_batch(self, batch: FieldBatch) -> NDArray[np.float64]:
        """Return the probability of each class for a checked batch, where it was trained on classes."""
        raise FusionError(f"{self.name!r} classifies nothing; train a classifier on its vectors", where=self.name)

    def learns_classes(self, target: NDArray[Any] | None) -> bool:
        """Whether training on ``target`` is learning to tell classes apart; nothing but vectors by default."""
        return False

    @property
    def fitted(self) -> bool:
        """Whether there are weights, trained here or in the file ``model``."""
        return self._file is not None or self.params.model is not None

    def fit(
        self,
        vectors: Mapping[str, ArrayLike],
        present: Mapping[str, ArrayLike] | None = None,
        target: ArrayLike | None = None,
        *,
        spaces: Mapping[str, EmbeddingSpace] | None = None,
    ) -> Self:
        """Train on ``n`` documents, replacing what was learnt before.

        Args:
            vectors: Numbers ``[n, d]`` by field (``[n, t, d]`` for a fusion of sequences).
            present: Masks by field; without them a vector that is all NaN is missing.
            target: What each document is, ``[n]`` texts or integers: its class, or for retrieval its group, so that
                documents of one group are to be found by each other. ``None`` trains without labels, where the
                fusion can: fields of one document belong together.
            spaces: Space of each field. Without them the result serves arrays, and no pipeline takes it.

        Returns:
            The fusion itself.

        Raises:
            FusionError: Shapes do not fit, or the data do not suffice.
            UnusableComponent: A library that training needs is not installed.
        """
        batch = FieldBatch.of(vectors, present, sequences=self.sequences, where=self.name)
        known = array_spaces(batch) if spaces is None else dict(spaces)
        self._check_training_spaces(batch, known)
        numbers: NDArray[np.int64] | None = None
        classes: tuple[str | int, ...] = ()
        if target is not None:
            numbers, found = self._numbered(target, len(batch))
            classes = found if self.learns_classes(numbers) else ()
        dim, arrays = self.train(batch, numbers, len(classes))
        arrays |= {f"mean.{name}": mean for name, mean in _means(batch).items()}
        options = {"params": self.params.model_dump(mode="json", exclude={"model"}), "documents": len(batch)}
        self._file = FusionFile(self.name, known, dim, arrays, options, classes)
        self._restored = False
        return self

    def save(self, path: str | Path) -> Path:
        """Write what was learnt to one file, which the param ``model`` loads.

        Raises:
            FusionError: Nothing was learnt yet.
            OSError: The file cannot be written.
        """
        path = Path(path)
        self.file.write(path)
        return path

    @property
    def file(self) -> FusionFile:
        """What was learnt.

        Raises:
            FusionError: Nothing was learnt, and no ``model`` is given.
            ModelUnavailable: The file cannot be used.
        """
        if self._file is None:
            if self.params.model is None:
                raise FusionError(
                    f"{self.name!r} has to be trained first",
                    where=self.name,
                    fix="Train it with 'fit' and 'save', then give the file as the param 'model'.",
                )
            file = read_fusion_file(self.params.model.expanduser(), self.name)
            self._check_shape(file)
            self._file = file
        return self._file

    @property
    def settings(self) -> T:
        """The params that the weights were trained with: those in the file, where there is one."""
        if not self.fitted:
            return self.params
        return type(self.params).model_validate(self.file.options["params"])

    def models(self) -> tuple[ModelInfo, ...]:
        """Return the file, where one is given."""
        if self.params.model is None:
            return ()
        return (ModelInfo(str(self.params.model), self.file.digest, 0, len(self.file.content)),)

    def load(self) -> None:
        """Take the weights into use; see ``Component.load``."""
        if self.fitted and not self._restored:
            self.restore(self.file)
            self._restored = True

    def space(self, inputs: Mapping[str, EmbeddingSpace]) -> EmbeddingSpace:
        """Return the space of the fused vectors.

        Raises:
            SpaceMismatch: A field has another space or dimension than in training.
            FusionError: There are other fields than in training, or there was none.
            ModelUnavailable: The file cannot be used.
        """
        file = self.file
        self._check_fields(inputs)
        for name, space in inputs.items():
            trained = file.fields[name]
            if space.dim != trained.dim:
                raise SpaceMismatch(
                    f"it was trained on {trained.dim} dimensions of {name!r}, and {space} has {space.dim}",
                    where=self._place,
                    fix="Train it on vectors of these encoders.",
                )
            require_same_space(
                trained,
                space,
                where=f"{self._place}, field {name!r}",
                fix="Train it on vectors of this encoder, with 'fit(..., spaces={field: encoder.space})'.",
            )
        return self.fused_space

    @property
    def fused_space(self) -> EmbeddingSpace:
        """The space of the fused vectors: unit vectors, told apart by the weights' digest."""
        fields = ", ".join(f"{name} {space.fingerprint}" for name, space in sorted(self.file.fields.items()))
        return EmbeddingSpace(self.name, self.file.dim, self.file.digest, preprocessing=f"fields {fields}")

    def fuse(self, vectors: Mapping[str, Dense], present: Mapping[str, NDArray[np.bool_]]) -> Dense:
        """Fuse ``n`` documents; see ``EarlyFusion.fuse``. A field that is not given is missing in all of them."""
        return self.fuse_batch(self._batch(vectors, present))

    @property
    def classes(self) -> tuple[str | int, ...]:
        """The classes that it was trained to tell apart, in the order of ``predict_proba``; empty where none."""
        return self.file.classes

    def predict_proba(
        self, vectors: Mapping[str, ArrayLike], present: Mapping[str, ArrayLike] | None = None
    ) -> NDArray[np.float64]:
        """Return the probability of each class, float64 ``[n, classes]``; rows sum to 1.

        Raises:
            FusionError: Fields or shapes do not fit, or it was not trained on classes.
        """
        if not self.classes:
            raise FusionError(
                f"this {self.name!r} was not trained on classes", where=self._place,
                fix="Train it with 'fit(vectors, target=labels)', or train a classifier on the vectors that it gives.",
            )  # fmt: skip
        return self.classify_batch(self._batch(vectors, present))

    @property
    def means(self) -> Mapping[str, Dense]:
        """See ``EarlyFusion.means``."""
        if not self.fitted:
            return {}
        return {name: self.file.arrays[f"mean.{name}"] for name in self.file.fields}

    def close(self) -> None:
        """Let the weights in use go; what was trained here stays."""
        self._restored = False

    def __reduce__(self) -> tuple[Any, ...]:
        """Travel with what was learnt here; see ``Component``."""
        return *super().__reduce__(), {"_file": self._file}

    @property
    def _place(self) -> str:
        return f"{self.name}, model {str(self.params.model)!r}" if self.params.model else self.name

    def _batch(self, vectors: Mapping[str, ArrayLike], present: Mapping[str, ArrayLike] | None) -> FieldBatch:
        batch = FieldBatch.of(vectors, present, dims=self._dims(), sequences=self.sequences, where=self._place)
        self.load()
        return batch

    def _dims(self) -> Mapping[str, int] | None:
        return {name: space.dim for name, space in self.file.fields.items()} if self.fitted else None

    def _spaces_from(self, batch: FieldBatch) -> None:
        if not self.fitted:
            self.space(array_spaces(batch))

    def _check_fields(self, inputs: Mapping[str, EmbeddingSpace]) -> None:
        trained = self.file.fields
        for name in inputs:
            if name not in trained:
                raise FusionError(
                    f"it was trained on the fields {', '.join(trained)}, not on {name!r}",
                    where=self._place,
                    nearest=nearest_names(name, trained),
                )
        if lacking := sorted(set(trained) - set(inputs)):
            raise FusionError(
                f"it was trained on {', '.join(map(repr, lacking))} too, which is not fused here",
                where=self._place,
                fix=f"Fuse [{', '.join(trained)}]; documents may lack any of them.",
            )

    def _check_shape(self, file: FusionFile) -> None:
        trained = file.options["params"]
        given = self.params.model_dump(mode="json")
        for name in self.shaping:
            if name in self.params.model_fields_set and given[name] != trained.get(name):
                raise FusionError(
                    f"{name!r} is {given[name]!r}, and {trained.get(name)!r} in the file",
                    where=self._place,
                    fix=f"Leave {name!r} out, since the file has it, or train another file.",
                )

    def _check_training_spaces(self, batch: FieldBatch, spaces: Mapping[str, EmbeddingSpace]) -> None:
        if spaces.keys() != set(batch.names):
            raise FusionError(
                f"'spaces' are given for {', '.join(sorted(spaces))}, and vectors for {', '.join(batch.names)}",
                where=self.name,
            )
        for name, dim in batch.dims.items():
            if spaces[name].dim != dim:
                raise SpaceMismatch(f"vectors of {name!r} have {dim} dimensions, not those of {spaces[name]}",
                                    where=self.name)  # fmt: skip

    def _numbered(self, target: ArrayLike, count: int) -> tuple[NDArray[np.int64], tuple[str | int, ...]]:
        values = np.asarray(target)
        if values.shape != (count,) or values.dtype.kind not in "iuU":
            raise FusionError(
                f"'target' is an array of {values.dtype} {list(values.shape)} where texts or integers [{count}] are "
                "due",
                where=self.name,
            )
        found, numbers = np.unique(values, return_inverse=True)
        return numbers.astype(np.int64), tuple(found.tolist())

    def __repr__(self) -> str:
        if not self.fitted:
            return super().__repr__()
        file = self.file
        fields = " + ".join(f"{name} {space.dim}" for name, space in sorted(file.fields.items()))
        classes = f", {len(file.classes)} classes" if file.classes else ""
        trained = f"trained on {file.options['documents']} documents"
        return f"<{type(self).__name__}: {fields} -> {file.dim}, {trained}{classes}, {file.digest[:12]}>"


def _means(batch: FieldBatch) -> dict[str, Dense]:
    means = {}
    for name, values in batch.vectors.items():
        rows = values[batch.present[name]].astype(np.float64)
        means[name] = (rows.mean(axis=0) if len(rows) else np.zeros(values.shape[-1])).astype(np.float32)
    return means
