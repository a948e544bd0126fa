"""What a stage of a search takes and gives."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from chiasm.search.found import Found
from chiasm.search.hits import Beneath, Judgement


@dataclass(frozen=True, slots=True)
class Arranged:
    """Documents in order, with what stages have to tell of them.

    Attributes:
        ids: Best first.
        scores: The score that each is shown with.
        folded: Documents that are nearly the same, under the one that stands for them.
        groups: The value that a document is grouped by.
        grouped: Further documents of its group, under the first.
        judged: What rerankers said.
    """

    ids: tuple[str, ...]
    scores: Mapping[str, float]
    folded: Mapping[str, tuple[Beneath, ...]] = field(default_factory=dict)
    groups: Mapping[str, Any] = field(default_factory=dict)
    grouped: Mapping[str, tuple[Beneath, ...]] = field(default_factory=dict)
    judged: Mapping[str, tuple[Judgement, ...]] = field(default_factory=dict)


class Stage(ABC):
    """One step between finding and showing.

    Attributes:
        name: For explanations.
    """

    name: str

    @abstractmethod
    def run(self, arranged: Arranged, found: Found) -> tuple[Arranged, str]:
        """Arrange documents anew.

        Args:
            arranged: What came out of the stages before.
            found: What the search found.

        Returns:
            The new arrangement, and a few words on what was done.
        """
