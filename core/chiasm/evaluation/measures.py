"""Measures of a ranking by name: ``recall@10``, ``mrr``, ``ndcg@10``, ``map``, ``median-rank``, and trec_eval's."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from chiasm.errors import EvaluationError, nearest_names
from chiasm.evaluation.needed import needed

DEFAULT_MEASURES = ("ndcg@10", "recall@1", "recall@5", "recall@10", "mrr", "map", "precision@5", "median-rank")

MEDIAN_RANK = "median-rank"

TREC_NAMES = {
    "recall": "R",
    "precision": "P",
    "success": "Success",
    "hit-rate": "Success",
    "mrr": "RR",
    "ndcg": "nDCG",
    "map": "AP",
    "r-precision": "Rprec",
    "bpref": "Bpref",
}
"""The name that ir-measures has for each."""

NEEDS_CUTOFF = frozenset({"recall", "precision", "success", "hit-rate"})
TAKES_NO_CUTOFF = frozenset({MEDIAN_RANK, "r-precision", "bpref"})


@dataclass(frozen=True, slots=True)
class Measure:
    """A measure of one query's ranking, and how those of many queries become one figure.

    Attributes:
        name: As it is asked for and shown, for example ``"recall@10"``.
        implementation: The measure of ir-measures; ``None`` for the rank of the first relevant document.
    """

    name: str
    implementation: Any

    @property
    def is_rank(self) -> bool:
        """Whether its values are ranks: the lower the better, joined by their median. All others are means."""
        return self.implementation is None


def measure(name: str) -> Measure:
    """Return the measure with a name.

    The names are those of ``TREC_NAMES`` with a cutoff, as in ``recall@10``, and ``median-rank``. ``mrr``, ``ndcg`` and
    ``map`` may go without one. What trec_eval computes besides is there by the name that ir-measures has for it, as
    ``P(rel=2)@5``. Definitions are trec_eval's: a grade of 1 or more is relevant, ``recall@k`` counts relevant
    documents among the first k against all relevant ones, ``success@k`` is 1 when any is among them, and ``ndcg`` has
    the grade for gain and ``log2(rank + 1)`` for discount (Jarvelin and Kekalainen 2002).

    Raises:
        EvaluationError: There is no such measure.
        UnusableComponent: ir-measures is not installed.
    """
    matched = re.fullmatch(r"([a-z-]+)(?:@(\d+))?", name.strip().lower())
    kind, cutoff = matched.groups() if matched else ("", None)
    if kind not in TREC_NAMES and kind != MEDIAN_RANK:
        return _of_library(name.strip())
    if kind in NEEDS_CUTOFF and not cutoff:
        raise EvaluationError(f"the measure {kind!r} needs a cutoff", nearest=[f"{kind}@10"])
    if kind in TAKES_NO_CUTOFF and cutoff:
        raise EvaluationError(f"the measure {kind!r} takes no cutoff", nearest=[kind])
    if cutoff and not int(cutoff):
        raise EvaluationError(f"the cutoff of {name!r} is at least 1")
    shown = f"{kind}@{int(cutoff)}" if cutoff else kind
    if kind == MEDIAN_RANK:
        return Measure(shown, None)
    library = needed("ir_measures")
    return Measure(shown, library.parse_measure(TREC_NAMES[kind] + (f"@{int(cutoff)}" if cutoff else "")))


def read_measures(names: Iterable[str]) -> tuple[Measure, ...]:
    """Return the measures with these names, each once, in order. Raises as ``measure`` does."""
    return tuple({each.name: each for each in map(measure, names)}.values())


def _of_library(name: str) -> Measure:
    library = needed("ir_measures")
    try:
        parsed = library.parse_measure(name)
    except (NameError, SyntaxError, ValueError, TypeError, AttributeError, KeyError):
        parsed = None
    if parsed is None or not library.pytrec_eval.supports(parsed):
        known = [*TREC_NAMES, MEDIAN_RANK]
        examples = [each + "@10" if each in NEEDS_CUTOFF else each for each in known]
        asked = re.split(r"[@(]", name.lower())[0].replace("_", "-")
        close = nearest_names(asked, known)
        raise EvaluationError(
            f"there is no measure {name!r}; there are {', '.join(examples)}",
            nearest=[each + "@10" if each in NEEDS_CUTOFF else each for each in close],
        )
    return Measure(name, parsed)
