"""A batch of documents for an early fusion: vectors or sequences by field, checked once, with masks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from chiasm.errors import FusionError, nearest_names


@dataclass(frozen=True, slots=True, eq=False)
class FieldBatch:
    """Vectors of ``n`` documents by field, in the order of the fields' names, zero where a document lacks the field.

    The order of names makes a fusion independent of the order in which fields are given.

    Attributes:
        vectors: float32 ``[n, d_field]`` by field; for sequences ``[n, t_field, d_field]``.
        present: bool ``[n]`` by field; for sequences ``[n, t_field]``, the tokens that there are.
    """

    vectors: Mapping[str, NDArray[np.float32]]
    present: Mapping[str, NDArray[np.bool_]]

    @classmethod
    def of(
        cls,
        vectors: Mapping[str, ArrayLike],
        present: Mapping[str, ArrayLike] | None = None,
        *,
        dims: Mapping[str, int] | None = None,
        sequences: bool = False,
        where: str,
    ) -> FieldBatch:
        """Check what a caller gave.

        Args:
            vectors: Numbers ``[n, d]`` by field, or ``[n, t, d]`` for ``sequences``.
            present: Masks by field. Without masks, a vector (or token) that is all NaN is missing.
            dims: The fields that there are, with their dimensions; one of them that is not given is missing in every
                document. The given fields themselves by default.
            sequences: Whether a field has a sequence of vectors for each document.
            where: The fusion, for messages.

        Raises:
            FusionError: There is no field, one is unknown, shapes do not fit, a value that is present is not finite,
                or a document has no field at all.
        """
        if not vectors:
            raise FusionError("there is no field to fuse", where=where)
        known = dims if dims is not None else dict.fromkeys(vectors, -1)
        for name in vectors:
            if name not in known:
                raise FusionError(
                    f"there is no field {name!r}; the fields are {', '.join(sorted(known))}",
                    where=where,
                    nearest=nearest_names(name, known),
                )
        if present is not None and present.keys() != vectors.keys():
            raise FusionError(
                f"vectors are given for {sorted(vectors)} and masks for {sorted(present)}; they must be of the same "
                "fields",
                where=where,
            )
        rows: dict[str, NDArray[np.float32]] = {}
        masks: dict[str, NDArray[np.bool_]] = {}
        for name in sorted(known):
            if name in vectors:
                given = None if present is None else present[name]
                rows[name], masks[name] = _checked(name, vectors[name], given, known[name], sequences, where)
        counts = {name: len(values) for name, values in rows.items()}
        if len(set(counts.values())) > 1:
            raise FusionError(f"the fields have different numbers of rows: {counts}", where=where)
        count = next(iter(counts.values()))
        for name in known.keys() - rows.keys():
            shape = (count, 1) if sequences else (count,)
            rows[name], masks[name] = np.zeros((*shape, known[name]), np.float32), np.zeros(shape, bool)
        order = sorted(known)
        batch = cls({name: rows[name] for name in order}, {name: masks[name] for name in order})
        empty = np.flatnonzero(~batch.mask.any(axis=1))
        if len(empty):
            raise FusionError(
                f"document {empty[0]} of the batch has none of the fields {', '.join(order)}", where=where
            )
        return batch

    def __len__(self) -> int:
        return len(next(iter(self.vectors.values())))

    @property
    def names(self) -> tuple[str, ...]:
        """The fields, sorted."""
        return tuple(self.vectors)

    @property
    def dims(self) -> dict[str, int]:
        """Dimension by field."""
        return {name: values.shape[-1] for name, values in self.vectors.items()}

    @property
    def mask(self) -> NDArray[np.bool_]:
        """Which fields each document has, bool ``[n, fields]``."""
        return np.stack([each if each.ndim == 1 else each.any(axis=1) for each in self.present.values()], axis=1)

    def rows(self, chosen: Sequence[int] | NDArray[Any] | slice) -> FieldBatch:
        """Return a batch of some of the documents."""
        return FieldBatch(
            {name: values[chosen] for name, values in self.vectors.items()},
            {name: mask[chosen] for name, mask in self.present.items()},
        )


def _checked(
    name: str, given: ArrayLike, mask: ArrayLike | None, dim: int, sequences: bool, where: str
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    where = f"{where}, field {name!r}"
    values = np.asarray(given)
    due = "[n, tokens, dim]" if sequences else "[n, dim]"
    if values.ndim != (3 if sequences else 2) or values.dtype.kind not in "fiu":
        raise FusionError(f"an array of {values.dtype} {list(values.shape)} where numbers {due} are due", where=where)
    if dim >= 0 and values.shape[-1] != dim:
        raise FusionError(f"vectors have {values.shape[-1]} dimensions where {dim} are due", where=where)
    there = ~np.isnan(values).all(axis=-1) if mask is None else np.asarray(mask)
    if there.shape != values.shape[:-1] or there.dtype != np.bool_:
        raise FusionError(
            f"a mask of {there.dtype} {list(there.shape)} where bool {list(values.shape[:-1])} is due", where=where
        )
    kept = np.where(there[..., None], values, 0).astype(np.float32)
    wrong = ~np.isfinite(kept).all(axis=tuple(range(1, kept.ndim)))
    if wrong.any():
        raise FusionError(f"document {int(np.argmax(wrong))} has values that are not finite", where=where)
    return kept, there
