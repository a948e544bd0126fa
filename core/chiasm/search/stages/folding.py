"""Near-duplicates: documents that are almost the same are shown once, the best of them, with the others under it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from chiasm.search.found import Found
from chiasm.search.hits import Beneath
from chiasm.search.stages.stage import Arranged, Stage

ROUNDING = 1e-6
"""Cosines of equal vectors in float32 fall this far short of 1."""


@dataclass(frozen=True, slots=True)
class Folding(Stage):
    """Folds each document under the first better one that it is alike.

    Attributes:
        threshold: Cosine from which two documents are alike; see ``Found.similarities``.
    """

    threshold: float
    name = "fold"

    def run(self, arranged: Arranged, found: Found) -> tuple[Arranged, str]:
        """See ``Stage.run``."""
        alike = found.similarities(arranged.ids)
        kept: list[int] = []
        beneath: dict[int, list[Beneath]] = {}
        for at, document in enumerate(arranged.ids):
            over = next((first for first in kept if alike[at, first] >= self.threshold - ROUNDING), None)
            if over is None:
                kept.append(at)
            else:
                similarity = round(float(alike[at, over]), 6)
                beneath.setdefault(over, []).append(Beneath(document, arranged.scores[document], similarity))
        folded = {arranged.ids[at]: tuple(under) for at, under in beneath.items()}
        ids = tuple(arranged.ids[at] for at in kept)
        note = f"{len(arranged.ids) - len(ids)} of {len(arranged.ids)} documents folded, cosine {self.threshold:g} on"
        return replace(arranged, ids=ids, folded=folded), note
