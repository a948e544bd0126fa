"""The early fusion contract: the vectors of a document's fields into one, before indexing."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from chiasm.contracts.component import Component, P
from chiasm.contracts.encoder import Dense
from chiasm.fusion.batch import FieldBatch
from chiasm.space import EmbeddingSpace


class EarlyFusion(Component[P]):
    """Combines the vectors of a document's fields into one vector, before indexing.

    Call it to fuse arrays without a pipeline: ``fusion({"text": words, "image": sights})``.

    Attributes:
        sequences: Whether ``fuse`` takes a sequence of vectors for each document and field (tokens, patches, frames):
            float32 ``[n, t, d]`` with masks bool ``[n, t]``, instead of ``[n, d]`` and ``[n]``.
    """

    sequences: ClassVar[bool] = False

    @abstractmethod
    def space(self, inputs: Mapping[str, EmbeddingSpace]) -> EmbeddingSpace:
        """Return the space of the fused vectors, or refuse the inputs. Called before ``fuse``.

        Args:
            inputs: Space of each field.

        Raises:
            SpaceMismatch: The spaces may not be combined this way.
            FusionError: A weight or option names a field that is not among ``inputs``.
        """

    @abstractmethod
    def fuse(self, vectors: Mapping[str, Dense], present: Mapping[str, NDArray[np.bool_]]) -> Dense:
        """Fuse ``n`` documents. ``load`` and ``space`` have been called.

        Args:
            vectors: float32 ``[n, d_field]`` by field; rows that are not present hold anything finite.
            present: bool ``[n]`` by field; every document has at least one field.

        Returns:
            float32 ``[n, dim]``.

        Raises:
            FusionError: Fields, shapes or values do not fit.
        """

    @property
    def means(self) -> Mapping[str, Dense]:
        """Mean vector of each field, float32 ``[d]``, in the data that it was trained on; empty where untrained."""
        return {}

    def __call__(self, vectors: Mapping[str, ArrayLike], present: Mapping[str, ArrayLike] | None = None) -> Dense:
        """Fuse arrays without a pipeline.

        Whether vectors of several fields may be compared is then for the caller to know: fields of the same dimension
        count as one space.

        Args:
            vectors: Numbers ``[n, d]`` by field (``[n, t, d]`` for a fusion of sequences).
            present: Masks by field; without them a vector that is all NaN is missing.

        Returns:
            float32 ``[n, dim]``.

        Raises:
            FusionError, SpaceMismatch, ModelUnavailable: As ``load``, ``space`` and ``fuse`` do.
        """
        self.load()
        batch = FieldBatch.of(vectors, present, dims=self._dims(), sequences=self.sequences, where=type(self).__name__)
        self._spaces_from(batch)
        return self.fuse(batch.vectors, batch.present)

    def _dims(self) -> Mapping[str, int] | None:
        return None

    def _spaces_from(self, batch: FieldBatch) -> None:
        self.space(array_spaces(batch))

    def __repr__(self) -> str:
        given = (f"{name}={getattr(self.params, name)!r}" for name in sorted(self.params.model_fields_set))
        return f"{type(self).__name__}({', '.join(given)})"


def array_spaces(batch: FieldBatch) -> dict[str, EmbeddingSpace]:
    """Return spaces for arrays of which nothing else is known; rows all of length 1 count as unit vectors."""
    spaces = {}
    for name, values in batch.vectors.items():
        lengths = np.linalg.norm(values[batch.present[name]], axis=-1)
        unit = bool(len(lengths)) and bool((np.abs(lengths - 1) < 1e-3).all())
        spaces[name] = EmbeddingSpace("arrays", batch.dims[name], normalization="l2" if unit else "none")
    return spaces
