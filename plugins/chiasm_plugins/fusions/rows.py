"""Rows of vectors scaled to length 1."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def unit_rows(values: NDArray[Any]) -> NDArray[np.float64]:
    """Return float64 rows of length 1; a row of zeros stays as it is.

    Example:
        >>> unit_rows(np.array([[3, 4], [0, 0]])).tolist()
        [[0.6, 0.8], [0.0, 0.0]]
    """
    exact = np.asarray(values, dtype=np.float64)
    lengths = np.linalg.norm(exact, axis=-1, keepdims=True)
    scaled: NDArray[np.float64] = np.divide(exact, lengths, out=np.zeros_like(exact), where=lengths > 0)
    return scaled
