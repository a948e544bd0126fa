"""A time series in memory."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

SERIES = "series"
"""The modality."""


@dataclass(frozen=True, slots=True, eq=False)
class Series:
    """Measurements at equal steps.

    Attributes:
        values: float32 ``[steps, channels]``, finite.
        channels: Name of each channel.
    """

    values: NDArray[np.float32]
    channels: tuple[str, ...]
