"""Sequences of tokens without gaps, and no longer than a model looks at."""

from __future__ import annotations

import numpy as np

from chiasm.fusion import FieldBatch


def packed(batch: FieldBatch, most: int) -> FieldBatch:
    """Move each document's tokens to the front, keep at most ``most`` of them at even distances, and cut the padding.

    So neither padding nor gaps in a mask change what a model makes of the tokens.

    Args:
        batch: Of sequences, float32 ``[n, t, d]`` and bool ``[n, t]``.
        most: Tokens kept, at most.
    """
    vectors, present = {}, {}
    for name, values in batch.vectors.items():
        mask = batch.present[name]
        counts = mask.sum(axis=1)
        kept = np.minimum(counts, most)
        length = max(1, int(kept.max(initial=0)))
        # Of c tokens, the k-th that is kept is number k * c // kept: all of them where c is no more than that.
        steps = np.arange(length)[None, :]
        ranks = np.minimum(steps * counts[:, None] // np.maximum(kept, 1)[:, None], mask.shape[1] - 1)
        front = np.argsort(~mask, axis=1, kind="stable")
        chosen = np.take_along_axis(front, ranks, axis=1) if mask.shape[1] else np.zeros((len(mask), length), int)
        there = steps < kept[:, None]
        own = np.take_along_axis(values, chosen[..., None], axis=1) if mask.shape[1] else values
        own = own if mask.shape[1] else np.zeros((len(mask), length, values.shape[2]), np.float32)
        vectors[name] = np.where(there[..., None], own, 0).astype(np.float32)
        present[name] = there
    return FieldBatch(vectors, present)
