"""From what a caller of ``Pipeline.evaluate`` gives to an evaluation."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from chiasm.config.model import ComponentChoice
from chiasm.contracts import Ranking
from chiasm.errors import EvaluationError, nearest_names
from chiasm.evaluation.judgements import Judgements
from chiasm.evaluation.queries import QueriesFromPython, read_queries
from chiasm.evaluation.results import Evaluation
from chiasm.evaluation.running import Options, evaluate
from chiasm.evaluation.subject import Subject, label
from chiasm.evaluation.trec_files import read_qrels

Tell = Callable[[str, int, int], None]


def evaluate_with(
    subject: Subject,
    queries: str | os.PathLike[str] | QueriesFromPython,
    judgements: str | os.PathLike[str] | Mapping[str, Mapping[str, int]] | None,
    fusions: Sequence[ComponentChoice] | Mapping[str, ComponentChoice],
    runs: Mapping[str, Mapping[str, Ranking]] | None,
    on_query: Tell | None,
    options: Mapping[str, Any],
) -> Evaluation:
    """Check what was given and evaluate; the arguments are those of ``Pipeline.evaluate``.

    Raises:
        EvaluationError: Something given is wrong, or as ``running.evaluate`` does.
    """
    known = {each.name for each in dataclasses.fields(Options)} - {"fusions"}
    for name in options:
        if name not in known:
            raise EvaluationError(f"there is no option {name!r}", nearest=nearest_names(name, known) or sorted(known))
    labelled = fusions if isinstance(fusions, Mapping) else {label(each): each for each in fusions}
    given: dict[str, Any] = {name: _frozen(name, value) for name, value in options.items()}
    chosen = Options(fusions=labelled, **given)
    asked, answers = read_queries(queries if isinstance(queries, Mapping) else Path(queries))
    judged = _judgements(judgements, answers)
    tell = {} if on_query is None else {"tell": on_query}
    return evaluate(subject, asked, judged, chosen, other_runs=runs, **tell)


def _judgements(
    given: str | os.PathLike[str] | Mapping[str, Mapping[str, int]] | None, answers: Judgements | None
) -> Judgements:
    if given is None and answers is None:
        raise EvaluationError(
            "nothing says which documents answer the queries",
            fix="Give judgements (TREC qrels), or write 'relevant' into each line of the queries.",
        )
    if given is not None and answers is not None:
        raise EvaluationError(
            "the queries say what is relevant, and so do the judgements", fix="Leave one of them out."
        )
    if given is None:
        assert answers is not None
        return answers
    if isinstance(given, Judgements):
        return given
    return Judgements(given) if isinstance(given, Mapping) else read_qrels(Path(given))


def _frozen(name: str, value: object) -> object:
    if name == "drop" and isinstance(value, Sequence):
        entries = [value] if isinstance(value, str) else value
        return tuple((each,) if isinstance(each, str) else tuple(each) for each in entries)
    return tuple(value) if isinstance(value, list) else value
