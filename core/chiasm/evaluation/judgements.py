"""Which documents answer which queries."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from chiasm.errors import EvaluationError


@dataclass(frozen=True, slots=True)
class Judgements(Mapping[str, Mapping[str, int]]):
    """Grades by query and document: 1 or more is relevant, 0 or less is judged and not relevant.

    A document without a grade is unjudged, and counts as not relevant, as in trec_eval.

    Attributes:
        grades: Grade by document id, by query id.

    Example:
        >>> judgements = Judgements({"q1": {"dog.jpg": 2, "cat.jpg": 0}})
        >>> judgements.relevant("q1")
        {'dog.jpg': 2}
    """

    grades: Mapping[str, Mapping[str, int]]

    def __post_init__(self) -> None:
        if not self.grades:
            raise EvaluationError("there are no judgements")
        for query, grades in self.grades.items():
            for document, grade in grades.items():
                if isinstance(grade, bool) or not isinstance(grade, int):
                    raise EvaluationError(f"the grade of {document!r} for {query!r} is no whole number: {grade!r}")

    def __getitem__(self, query: str) -> Mapping[str, int]:
        return self.grades[query]

    def __iter__(self) -> Iterator[str]:
        return iter(self.grades)

    def __len__(self) -> int:
        return len(self.grades)

    def relevant(self, query: str) -> dict[str, int]:
        """Return the grades of the documents that answer a query."""
        return {document: grade for document, grade in self.grades[query].items() if grade > 0}

    @property
    def unanswered(self) -> tuple[str, ...]:
        """Queries for which no judged document is relevant; every measure of them is 0."""
        return tuple(query for query in self.grades if not self.relevant(query))

    @property
    def documents(self) -> frozenset[str]:
        """Every document that is judged for some query."""
        return frozenset(document for grades in self.grades.values() for document in grades)

    def of(self, queries: Mapping[str, object]) -> Judgements:
        """Return the judgements of these queries alone.

        Raises:
            EvaluationError: None of them is judged.
        """
        kept = {query: grades for query, grades in self.grades.items() if query in queries}
        if not kept:
            some_query, some_judged = next(iter(queries), None), next(iter(self.grades))
            raise EvaluationError(
                "none of the queries is judged",
                where=f"queries such as {some_query!r}, judgements of such as {some_judged!r}",
                fix="Query ids in both files must be the same.",
            )
        return Judgements(kept)
