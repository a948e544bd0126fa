"""TREC files: judgements (qrels) and runs, as trec_eval reads and writes them.

Fields are separated by white space, so white space and percent signs inside ids are written as in URLs (``%20``) and
read back. trec_eval compares scores in single precision and orders ties by document id, last first; runs are read in
that order, and written so that it gives the order of the rankings.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np

from chiasm.contracts import Ranking
from chiasm.errors import EvaluationError
from chiasm.evaluation.judgements import Judgements

QRELS_FIELDS = 4
RUN_FIELDS = 6


def read_qrels(path: str | Path) -> Judgements:
    """Read judgements: ``QUERY 0 DOCUMENT GRADE`` a line.

    Raises:
        EvaluationError: The file cannot be read, a line is malformed, or a document has two grades; all with
            file and line.
    """
    grades: dict[str, dict[str, int]] = {}
    for where, (query, _, document, grade) in _lines(Path(path), QRELS_FIELDS, "QUERY 0 DOCUMENT GRADE"):
        if not re.fullmatch(r"[+-]?\d+", grade):
            raise EvaluationError(f"the grade {grade!r} is no whole number", where=where)
        if grades.setdefault(query, {}).setdefault(document, int(grade)) != int(grade):
            raise EvaluationError(f"{document!r} has two grades for the query {query!r}", where=where)
    if not grades:
        raise EvaluationError("there are no judgements", where=str(path))
    return Judgements(grades)


def write_qrels(judgements: Judgements, path: str | Path) -> None:
    """Write judgements as ``read_qrels`` reads them. Raises ``OSError`` where the file cannot be written."""
    lines = [
        f"{_encoded(query)} 0 {_encoded(document)} {grade}\n"
        for query, grades in judgements.items()
        for document, grade in grades.items()
    ]
    Path(path).write_text("".join(lines), encoding="utf-8")


def read_run(path: str | Path) -> dict[str, Ranking]:
    """Read rankings by query: ``QUERY Q0 DOCUMENT RANK SCORE TAG`` a line.

    As in trec_eval, scores order the documents and ranks are not looked at.

    Raises:
        EvaluationError: The file cannot be read, a line is malformed, a score is not finite, or a document is ranked
            twice for a query; with file and line.
    """
    scores: dict[str, dict[str, float]] = {}
    for where, (query, _, document, _, score, _) in _lines(Path(path), RUN_FIELDS, "QUERY Q0 DOCUMENT RANK SCORE TAG"):
        found = scores.setdefault(query, {})
        if document in found:
            raise EvaluationError(f"{document!r} is ranked twice for the query {query!r}", where=where)
        found[document] = _number(score)
        if not math.isfinite(found[document]):
            raise EvaluationError(f"the score {score!r} is no finite number", where=where)
    return {query: in_trec_order(found) for query, found in scores.items()}


def in_trec_order(scores: Mapping[str, float]) -> Ranking:
    """Return the ranking that trec_eval makes of scores: ties in single precision by id, last first."""
    ordered = sorted(scores, key=lambda name: (np.float32(scores[name]), name.encode()), reverse=True)
    values = np.array([scores[name] for name in ordered], dtype=np.float64)
    # Scores that differ in double precision alone are tied here, and must not rise again.
    return Ranking(tuple(ordered), np.minimum.accumulate(values) if len(values) else values)


def write_run(rankings: Mapping[str, Ranking], path: str | Path, tag: str = "chiasm") -> None:
    """Write rankings by query as ``read_run`` and trec_eval read them, in the same order.

    Scores are written in single precision; one that does not fall below the score before it is lowered by the least
    step that does.

    Args:
        rankings: By query; an empty one leaves no line, and counts as nothing found wherever the file is read.
        path: Where to.
        tag: Name of the run.

    Raises:
        EvaluationError: A score is not finite.
        OSError: The file cannot be written.
    """
    tag = re.sub(r"\s+", "_", tag.strip()) or "chiasm"
    lines = []
    for query, ranking in rankings.items():
        if not np.isfinite(ranking.scores).all():
            raise EvaluationError("a score is not finite", where=f"ranking of {query!r}")
        falling = _falling(ranking.scores.astype(np.float32))
        for rank, (document, score) in enumerate(zip(ranking.ids, falling, strict=True), start=1):
            lines.append(f"{_encoded(query)} Q0 {_encoded(document)} {rank} {score:.9g} {tag}\n")
    Path(path).write_text("".join(lines), encoding="utf-8")


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan


def _falling(scores: np.ndarray[tuple[int], np.dtype[np.float32]]) -> Iterator[np.float32]:
    last = np.float32(np.inf)
    for score in scores:
        last = score if score < last else np.nextafter(last, np.float32(-np.inf))
        yield last


def _lines(path: Path, count: int, shape: str) -> Iterator[tuple[str, list[str]]]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise EvaluationError(f"the file cannot be read ({error})", where=str(path)) from error
    for number, line in enumerate(text.split("\n"), start=1):
        fields = re.findall(r"[^ \t\v\f\r]+", line)
        if not fields:
            continue
        where = f"{path}:{number}"
        if len(fields) != count:
            raise EvaluationError(f"a line has {count} fields, {shape!r}, and this one {len(fields)}", where=where)
        yield where, [_decoded(field) for field in fields]


def _encoded(name: str) -> str:
    return re.sub(r"[ \t\n\v\f\r%]", lambda found: f"%{ord(found[0]):02X}", name)


def _decoded(name: str) -> str:
    return re.sub(r"%(09|0A|0B|0C|0D|20|25)", lambda found: chr(int(found[1], 16)), name)
