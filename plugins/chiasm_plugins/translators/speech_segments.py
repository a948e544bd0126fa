"""Cutting speech: a long recording into windows at quiet moments, and recognized words into sentences."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

PAUSE_SECONDS = 1.0
"""A silence this long ends a segment, whatever the punctuation."""

FEWEST_WORDS = 3
"""A full stop after fewer words ends no segment: it may belong to ``Dr.`` or ``No.``."""

# The full-width forms are those of Chinese and Japanese.
SENTENCE_ENDS = tuple(".?!…\u3002\uff01\uff1f")
CLOSING_MARKS = "\"'\u201d\u2019»)] "

_QUIET_SEARCH_SECONDS = 30
_QUIET_STEP_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class Word:
    """A recognized word.

    Attributes:
        text: With the space before it, where the language writes one, and punctuation after it.
        start: In seconds.
        end: In seconds.
        probability: That the model gives it, in [0, 1].
    """

    text: str
    start: float
    end: float
    probability: float


@dataclass(frozen=True, slots=True)
class Sentence:
    """Words that belong together."""

    words: Sequence[Word]

    @property
    def text(self) -> str:
        """The words as a text."""
        return "".join(word.text for word in self.words).strip()

    @property
    def start(self) -> float:
        """Seconds at which the first word starts."""
        return self.words[0].start

    @property
    def end(self) -> float:
        """Seconds at which the last word ends; never before ``start``."""
        return max(self.words[-1].end, self.start)

    @property
    def confidence(self) -> float:
        """Geometric mean of the words' probabilities, in [0, 1]."""
        logs = [math.log(max(word.probability, 1e-10)) for word in self.words]
        return min(math.exp(sum(logs) / len(logs)), 1.0)


def sentences(words: Iterable[Word]) -> Iterator[Sentence]:
    """Group words into sentences, by punctuation and pauses.

    Example:
        >>> said = [Word(" Rain", 0, 0.4, 1), Word(" fell", 0.4, 0.8, 1), Word(" slowly.", 0.8, 1.2, 1)]
        >>> [sentence.text for sentence in sentences(said + [Word(" Snow", 1.3, 1.6, 1)])]
        ['Rain fell slowly.', 'Snow']
    """
    current: list[Word] = []
    for word in words:
        if current and _ends(current, word):
            yield Sentence(current)
            current = []
        current.append(word)
    if current:
        yield Sentence(current)


def _ends(current: Sequence[Word], following: Word) -> bool:
    last = current[-1]
    if following.start - last.end >= PAUSE_SECONDS:
        return True
    return len(current) >= FEWEST_WORDS and last.text.rstrip(CLOSING_MARKS).endswith(SENTENCE_ENDS)


def windows(
    samples: NDArray[np.float32], rate: int, longest_seconds: float
) -> Iterator[tuple[float, NDArray[np.float32]]]:
    """Cut a recording into windows of at most ``longest_seconds``, each cut at the quietest moment of its end.

    Args:
        samples: float32 ``[samples]``.
        rate: In Hz.
        longest_seconds: A window's, more than a minute.

    Yields:
        Where the window starts, in seconds, and its samples (a view).
    """
    longest = int(longest_seconds * rate)
    start = 0
    while len(samples) - start > longest:
        cut = start + longest - _quiet_moment(samples[start : start + longest], rate)
        yield start / rate, samples[start:cut]
        start = cut
    yield start / rate, samples[start:]


def _quiet_moment(samples: NDArray[np.float32], rate: int) -> int:
    """Return how many samples before the end the quietest tenth of a second of the last half minute is."""
    step = int(_QUIET_STEP_SECONDS * rate)
    steps = int(_QUIET_SEARCH_SECONDS / _QUIET_STEP_SECONDS)
    power = np.square(samples[-steps * step :].reshape(steps, step)).sum(axis=1)
    # The latest of equally quiet moments, so that digital silence does not shorten windows.
    backwards = int(np.argmin(power[::-1]))
    return backwards * step + step // 2
