"""Fuses documents, or a query, by a step of a plan: vectors are stacked, what is missing is filled in, then fused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from chiasm.fusion.missing import fill_missing
from chiasm.space import EmbeddingSpace

if TYPE_CHECKING:
    from chiasm.plan.model import FuseStep

Given = Mapping[str, NDArray[np.float32]]
"""What one document has, by field: float32 ``[d]``, or ``[t, d]`` for a fusion of sequences."""


def fuse_documents(
    step: FuseStep, spaces: Mapping[str, EmbeddingSpace], documents: Sequence[Given]
) -> NDArray[np.float32]:
    """Fuse documents by a step of a plan, after its policy for missing fields.

    Args:
        step: The step. Its fusion is loaded where it was not.
        spaces: Embedding space by vector name.
        documents: Each with at least one of the step's fields, or of the fields that stand in for them.

    Returns:
        float32 ``[n, dim]``.

    Raises:
        FusionError, ModelUnavailable: As the fusion does.
    """
    step.fusion.load()
    vectors: dict[str, NDArray[np.float32]] = {}
    present: dict[str, NDArray[np.bool_]] = {}
    for name, vector in step.inputs.items():
        given = [_given(document, (name, *step.stand_ins.get(name, ()))) for document in documents]
        stack = _sequences if step.fusion.sequences else _rows
        vectors[name], present[name] = stack(given, spaces[vector].dim)
    return step.fusion.fuse(*fill_missing(step.missing, vectors, present, step.fusion.means, step.by.name))


def _given(document: Given, names: Sequence[str]) -> NDArray[np.float32] | None:
    return next((document[name] for name in names if name in document), None)


def _rows(given: Sequence[NDArray[np.float32] | None], dim: int) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    rows = [np.zeros(dim, np.float32) if each is None else each for each in given]
    return np.stack(rows), np.array([each is not None for each in given])


def _sequences(given: Sequence[NDArray[np.float32] | None], dim: int) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    longest = max([1, *(len(each) for each in given if each is not None)])
    tokens = np.zeros((len(given), longest, dim), np.float32)
    mask = np.zeros((len(given), longest), bool)
    for at, each in enumerate(given):
        if each is not None:
            tokens[at, : len(each)], mask[at, : len(each)] = each, True
    return tokens, mask
