"""The encoder contract: items in, vectors of one embedding space out."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from chiasm.contracts.component import Component, P
from chiasm.errors import EncodingError
from chiasm.media.item import Item
from chiasm.space import EmbeddingSpace

Role = Literal["document", "query"]

Dense = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class SparseVector:
    """A vector of few non-zero values.

    Attributes:
        indices: uint32 ``[k]``, each once.
        values: float32 ``[k]``.
    """

    indices: NDArray[np.uint32]
    values: NDArray[np.float32]


Vector = Dense | SparseVector
"""One item's vector: float32 ``[dim]``, ``SparseVector``, or float32 ``[t, dim]`` for a multi-vector space."""

Vectors = Dense | Sequence[SparseVector] | Sequence[Dense]
"""A batch's: float32 ``[n, dim]``, n sparse vectors, or n arrays float32 ``[t_i, dim]``."""


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """An item made ready for the model: decoded, resized, tokenized.

    Attributes:
        value: What ``encode_prepared`` takes; the encoder's own business.
        cost: Its length in the unit that batches are cut by: tokens, pixels, samples.
        nbytes: Memory that it holds, about, in bytes; bounds what waits in queues.
    """

    value: Any
    cost: int = 1
    nbytes: int = 1024


class Encoder(Component[P]):
    """Turns items into vectors of one space.

    A run calls ``prepare`` in threads while the model computes, so it is thread-safe and leaves nothing big behind;
    ``encode_prepared`` is called from one thread at a time, with many items, and cuts its own batches
    (``chiasm.batching.cut`` does it by a budget). Order out is order in, and no items give an empty result.
    """

    @property
    @abstractmethod
    def consumes(self) -> frozenset[str]:
        """Modalities that it encodes."""

    @property
    @abstractmethod
    def space(self) -> EmbeddingSpace:
        """Identity of its vectors. Known without loading weights; may read a model's small configuration files.

        Raises:
            ModelUnavailable: The configuration cannot be read.
        """

    @abstractmethod
    def prepare(self, item: Item, role: Role = "document") -> Prepared:
        """Decode and prepare one item. ``load`` has been called.

        Args:
            item: Of a modality in ``consumes``.
            role: A query may be prepared otherwise than a document, for example with another prompt.

        Raises:
            MediaError: The item cannot be decoded.
            EncodingError: It decodes, but cannot be encoded.
        """

    @abstractmethod
    def encode_prepared(self, prepared: Sequence[Prepared]) -> Vectors:
        """Encode what ``prepare`` gave: float32 ``[n, dim]`` for a dense space. ``load`` has been called.

        Raises:
            EncodingError: The model failed.
        """

    def encode(self, items: Sequence[Item], role: Role = "document") -> Vectors:
        """Encode items: ``load``, ``prepare`` each, ``encode_prepared``.

        Returns:
            float32 ``[n, dim]`` for a dense space; a list of ``SparseVector``, or of float32 ``[t_i, dim]``, otherwise.

        Raises:
            MediaError, EncodingError, ModelUnavailable: As the three do.
        """
        self.load()
        return self.encode_prepared([self.prepare(item, role) for item in items])


def check_vectors(vectors: Vectors, count: int, space: EmbeddingSpace, where: str) -> None:
    """Refuse vectors that are not ``count`` finite ones of ``space``.

    Raises:
        EncodingError: Their number, dimension or dtype is wrong, or a value is NaN or infinite.
    """
    if len(vectors) != count:
        raise EncodingError(f"{count} items gave {len(vectors)} vectors", where=where)
    if space.kind == "sparse":
        arrays = [vector.values for vector in vectors if isinstance(vector, SparseVector)]
        if len(arrays) != count:
            raise EncodingError("a sparse space needs SparseVector results", where=where)
    else:
        arrays = [vectors] if isinstance(vectors, np.ndarray) else [np.asarray(vector) for vector in vectors]
        for array in arrays:
            if array.ndim != 2 or array.shape[1] != space.dim:
                raise EncodingError(
                    f"vectors have shape {list(array.shape)} where [n, {space.dim}] is due", where=where
                )
    for array in arrays:
        if array.dtype != np.float32:
            raise EncodingError(f"vectors are {array.dtype} where float32 is due", where=where)
        if not np.isfinite(array).all():
            raise EncodingError("a vector has values that are not finite", where=where)
