"""Evaluation: rankings against judgements, several systems in one table, and measures of representations.

Names are imported on first use.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from chiasm.evaluation.classifiers import Classification, calibration_error, classification
    from chiasm.evaluation.comparison import Comparison, compare
    from chiasm.evaluation.dropping import Curve
    from chiasm.evaluation.gap import Gap, centred, modality_gap
    from chiasm.evaluation.intervals import Interval, interval
    from chiasm.evaluation.judgements import Judgements
    from chiasm.evaluation.measures import DEFAULT_MEASURES, Measure, measure
    from chiasm.evaluation.queries import JudgedQuery, read_queries
    from chiasm.evaluation.representation import canonical_correlations, cka, mutual_information
    from chiasm.evaluation.results import Evaluation
    from chiasm.evaluation.scoring import Scores, score
    from chiasm.evaluation.significance import PairedTest, holm, paired_test
    from chiasm.evaluation.trec_files import read_qrels, read_run, write_qrels, write_run

_HOMES = {
    "Classification": "classifiers",
    "Comparison": "comparison",
    "Curve": "dropping",
    "DEFAULT_MEASURES": "measures",
    "Evaluation": "results",
    "Gap": "gap",
    "Interval": "intervals",
    "JudgedQuery": "queries",
    "Judgements": "judgements",
    "Measure": "measures",
    "PairedTest": "significance",
    "Scores": "scoring",
    "calibration_error": "classifiers",
    "canonical_correlations": "representation",
    "centred": "gap",
    "cka": "representation",
    "classification": "classifiers",
    "compare": "comparison",
    "holm": "significance",
    "interval": "intervals",
    "measure": "measures",
    "modality_gap": "gap",
    "mutual_information": "representation",
    "paired_test": "significance",
    "read_qrels": "trec_files",
    "read_queries": "queries",
    "read_run": "trec_files",
    "score": "scoring",
    "write_qrels": "trec_files",
    "write_run": "trec_files",
}

__all__ = [
    "DEFAULT_MEASURES",
    "Classification",
    "Comparison",
    "Curve",
    "Evaluation",
    "Gap",
    "Interval",
    "JudgedQuery",
    "Judgements",
    "Measure",
    "PairedTest",
    "Scores",
    "calibration_error",
    "canonical_correlations",
    "centred",
    "cka",
    "classification",
    "compare",
    "holm",
    "interval",
    "measure",
    "modality_gap",
    "mutual_information",
    "paired_test",
    "read_qrels",
    "read_queries",
    "read_run",
    "score",
    "write_qrels",
    "write_run",
]


def __getattr__(name: str) -> Any:  # noqa: ANN401
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'chiasm.evaluation' has no attribute {name!r}")
    return getattr(import_module(f"chiasm.evaluation.{home}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
