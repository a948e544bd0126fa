"""Sound in memory."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Audio:
    """A mono recording.

    Attributes:
        samples: float32 ``[samples]`` in [-1, 1].
        rate: Samples a second, in Hz.
    """

    samples: NDArray[np.float32]
    rate: int

    @property
    def seconds(self) -> float:
        """Length in seconds."""
        return len(self.samples) / self.rate

    def resampled(self, rate: int) -> Audio:
        """Return the recording at ``rate`` Hz (soxr, high quality); itself when the rate is the same."""
        if rate == self.rate:
            return self
        import soxr

        return Audio(soxr.resample(self.samples, self.rate, rate).astype(np.float32, copy=False), rate)
