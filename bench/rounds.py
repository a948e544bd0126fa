"""Ways of doing one job, timed by turns, so that whatever else the machine does weighs on all of them alike."""

import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Took:
    """Medians over rounds, in seconds.

    Attributes:
        wall: From start to end.
        processor: Of all cores together, which other processes do not change.
    """

    wall: float
    processor: float


Way = Callable[[], Callable[[], object]]
"""Makes ready and returns the job; only the job is timed."""


def by_turns(ways: Mapping[str, Way], rounds: int, uncounted: int = 1) -> dict[str, Took]:
    """Time every way once a round; the first rounds, in which caches are filled, do not count."""
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in ways}
    for turn in range(uncounted + rounds):
        for name, way in ways.items():
            work = way()
            started, processor = time.perf_counter(), time.process_time()
            work()
            if turn >= uncounted:
                taken[name].append((time.perf_counter() - started, time.process_time() - processor))
    return {name: Took(*map(statistics.median, zip(*times, strict=True))) for name, times in taken.items()}


def verdict(value: float, bound: float, *, at_least: bool) -> str:
    """Return ``value`` beside its bound and whether it holds."""
    holds = value >= bound if at_least else value <= bound
    return f"{value:.2f}x, {'holds' if holds else 'MISSES'} the bound of {bound:g}x"
