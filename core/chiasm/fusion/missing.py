"""Policies for documents that lack a field which is fused."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from chiasm.errors import FusionError
from chiasm.fusion.policies import Missing


def fill_missing(
    policy: Missing,
    vectors: Mapping[str, NDArray[np.float32]],
    present: Mapping[str, NDArray[np.bool_]],
    means: Mapping[str, NDArray[np.float32]],
    where: str = "fuse",
) -> tuple[dict[str, NDArray[np.float32]], dict[str, NDArray[np.bool_]]]:
    """Fill in what is missing by ``zero`` or ``mean``; the other policies leave vectors and masks as they are.

    Args:
        policy: The policy.
        vectors: float32 ``[n, d]`` by field, or ``[n, t, d]`` for sequences, whose first token is filled.
        present: bool ``[n]`` or ``[n, t]`` by field.
        means: float32 ``[d]`` by field, for ``mean``.
        where: The step, for messages.

    Raises:
        FusionError: ``mean`` is asked and a field has none.
    """
    if policy not in ("zero", "mean"):
        return dict(vectors), dict(present)
    filled, masks = {}, {}
    for name, values in vectors.items():
        if policy == "mean" and name not in means:
            raise FusionError(f"the fusion knows no mean of the field {name!r}", where=where)
        filled[name], masks[name] = values.copy(), present[name].copy()
        lacking = ~(present[name] if values.ndim == 2 else present[name].any(axis=1))
        at = (lacking, 0) if values.ndim == 3 else lacking
        filled[name][at] = means[name] if policy == "mean" else 0
        masks[name][at] = True
    return filled, masks
