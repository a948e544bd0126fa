"""Names of documents in judgements and runs: their ids, or for files the end of their path."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import PurePath

from chiasm.contracts import Ranking
from chiasm.errors import EvaluationError
from chiasm.evaluation.judgements import Judgements


class DocumentNames:
    """Finds documents by the names that people write.

    Documents of a folder have long ids, the path without its suffix. ``holiday/dog`` and ``dog.jpg`` stand for
    ``/home/ada/pictures/holiday/dog`` where no other id ends alike.

    Args:
        ids: Of the documents in the store.
    """

    def __init__(self, ids: Collection[str]) -> None:
        self._ids = frozenset(ids)
        self._by_last: dict[str, list[str]] = {}
        for each in self._ids:
            self._by_last.setdefault(each.rpartition("/")[2], []).append(each)

    def id_of(self, name: str) -> str | None:
        """Return the id of the one document that a name stands for; ``None`` where there is none, or several."""
        if name in self._ids:
            return name
        for wanted in dict.fromkeys((name, str(PurePath(name).with_suffix("")) if PurePath(name).name else name)):
            ending = "/" + wanted.removeprefix("./").lstrip("/")
            found = [each for each in self._by_last.get(ending.rpartition("/")[2], ()) if each.endswith(ending)]
            if len(found) == 1:
                return found[0]
        return None

    def judgements(self, judgements: Judgements) -> Judgements:
        """Return judgements by ids; names that stand for no document stay.

        Raises:
            EvaluationError: Two names of a query stand for one document, with different grades.
        """
        grades: dict[str, dict[str, int]] = {}
        for query, judged in judgements.items():
            own = grades.setdefault(query, {})
            for name, grade in judged.items():
                known = self.id_of(name) or name
                if own.setdefault(known, grade) != grade:
                    raise EvaluationError(f"{name!r} has two grades for the query {query!r}, as {known!r} too")
        return Judgements(grades)

    def run(self, run: Mapping[str, Ranking]) -> dict[str, Ranking]:
        """Return rankings by ids; names that stand for no document stay."""
        return {
            query: Ranking(tuple(self.id_of(name) or name for name in ranking.ids), ranking.scores)
            for query, ranking in run.items()
        }
