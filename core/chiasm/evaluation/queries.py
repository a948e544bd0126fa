"""Queries of an evaluation: what ``Pipeline.search`` would be asked, each with an id, and often with its answers."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from chiasm.errors import EvaluationError, nearest_names
from chiasm.evaluation.judgements import Judgements
from chiasm.media.modality import MODALITIES, TEXT

ID, RELEVANT, WHERE = "id", "relevant", "where"
KEYS = (ID, *MODALITIES, WHERE, RELEVANT)
"""What a line of JSON may have."""


@dataclass(frozen=True, slots=True)
class JudgedQuery:
    """A query as it was written.

    Attributes:
        id: Its id.
        given: What it searches for, by modality: a text, or a path or whatever else ``Pipeline.search`` takes.
        condition: Filter on metadata; empty for none.
        where: Place in its file, for messages; empty for queries from Python.
    """

    id: str
    given: Mapping[str, Any]
    condition: str = ""
    where: str = ""

    def without(self, modalities: Collection[str]) -> JudgedQuery:
        """Return the query without what is of these modalities."""
        return replace(self, given={name: value for name, value in self.given.items() if name not in modalities})


QueriesFromPython = Mapping[str, str | Mapping[str, Any]]
"""By id: a text, or what ``Pipeline.search`` takes by modality, as ``{"image": "cat.jpg", "text": "but black"}``."""


def read_queries(source: str | Path | QueriesFromPython) -> tuple[dict[str, JudgedQuery], Judgements | None]:
    """Read queries, and their judgements where every one brings its own.

    A ``.jsonl`` file has one object a line: ``text``, ``image``, ``audio`` or ``video``, several together for a mixed
    query, an ``id`` (``line-3`` without one), a filter as ``where``, and the documents that answer it as ``relevant``:
    an id, a list of ids, or ids with grades. Paths are relative to the file. Any other file has an id, a tab and a text
    a line, as queries of TREC and BEIR do.

    Raises:
        EvaluationError: The file cannot be read, a line is malformed, an id is there twice, or some queries have
            ``relevant`` and others not; with file and line.
    """
    if isinstance(source, Mapping):
        return {name: _from_python(name, given) for name, given in source.items()} or _no_queries("python"), None
    path = Path(source)
    try:
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise EvaluationError(f"the file cannot be read ({error})", where=str(path)) from error
    queries: dict[str, JudgedQuery] = {}
    grades: dict[str, dict[str, int]] = {}
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        where = f"{path}:{number}"
        query, relevant = (_from_json if path.suffix == ".jsonl" else _from_tabs)(line, path, number)
        if query.id in queries:
            raise EvaluationError(f"the id {query.id!r} is there already, at {queries[query.id].where}", where=where)
        queries[query.id] = query
        if relevant is not None:
            grades[query.id] = relevant
    if not queries:
        _no_queries(str(path))
    if grades and len(grades) < len(queries):
        lacking = next(query for name, query in queries.items() if name not in grades)
        raise EvaluationError(
            f"{len(grades)} queries say what is relevant, and this one does not", where=lacking.where,
            fix="Give every query its 'relevant' ([] for none), or none of them and judgements in another file.",
        )  # fmt: skip
    return queries, Judgements(grades) if grades else None


def _no_queries(where: str) -> dict[str, JudgedQuery]:
    raise EvaluationError("there are no queries", where=where)


def _from_python(name: str, given: str | Mapping[str, Any]) -> JudgedQuery:
    parts = {TEXT: given} if isinstance(given, str) else dict(given)
    condition = parts.pop(WHERE, "")
    _refuse_unknown(parts, MODALITIES, f"query {name!r}")
    return JudgedQuery(name, parts, condition, f"query {name!r}")


def _from_tabs(line: str, path: Path, number: int) -> tuple[JudgedQuery, None]:
    name, tab, text = line.strip("\r").partition("\t")
    if not tab or not name.strip() or not text.strip():
        raise EvaluationError(
            "a line has an id, a tab and a text", where=f"{path}:{number}",
            fix="Queries by pictures or sound are written as JSON, in a file that ends in .jsonl.",
        )  # fmt: skip
    return JudgedQuery(name.strip(), {TEXT: text.strip()}, where=f"{path}:{number}"), None


def _from_json(line: str, path: Path, number: int) -> tuple[JudgedQuery, dict[str, int] | None]:
    where = f"{path}:{number}"
    try:
        value = json.loads(line)
    except json.JSONDecodeError as error:
        raise EvaluationError(f"this is no JSON ({error.msg}, character {error.pos + 1})", where=where) from error
    if not isinstance(value, dict):
        raise EvaluationError('an object is due, as {"id": "q1", "text": "a dog"}', where=where)
    _refuse_unknown(value, KEYS, where)
    given: dict[str, Any] = {}
    for modality in MODALITIES:
        part = value.get(modality)
        if part is None:
            continue
        if not isinstance(part, str) or not part.strip():
            raise EvaluationError(f"{modality!r} is a text or a path, and here {part!r}", where=where)
        given[modality] = part if modality == TEXT else path.parent / Path(part).expanduser()
    if not given:
        raise EvaluationError(f"a query has at least one of {', '.join(MODALITIES)}", where=where)
    name = value.get(ID, f"line-{number}")
    if isinstance(name, bool) or not isinstance(name, str | int) or name == "":
        raise EvaluationError(f"an id is a text or a whole number, and here {name!r}", where=where)
    condition = value.get(WHERE, "")
    if not isinstance(condition, str):
        raise EvaluationError(f"'where' is a filter such as \"year >= 2020\", and here {condition!r}", where=where)
    relevant = _grades(value[RELEVANT], where) if RELEVANT in value else None
    return JudgedQuery(str(name), given, condition, where), relevant


def _grades(relevant: object, where: str) -> dict[str, int]:
    match relevant:
        case str():
            return {relevant: 1}
        case [*ids] if all(isinstance(each, str) for each in ids):
            return {str(each): 1 for each in ids}
        case dict() if all(isinstance(each, int) and not isinstance(each, bool) for each in relevant.values()):
            return relevant
    raise EvaluationError(
        f"'relevant' is an id, a list of ids, or an object of ids with whole grades, and here {relevant!r}", where=where
    )


def _refuse_unknown(value: Mapping[str, Any], known: tuple[str, ...], where: str) -> None:
    for key in value:
        if key not in known:
            raise EvaluationError(
                f"a query has {', '.join(known)}, and no {key!r}", where=where, nearest=nearest_names(key, known)
            )
    if not value:
        raise EvaluationError("the query is empty", where=where)
