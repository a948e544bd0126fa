"""What search gives and late fusion takes: the ranking of one query, and the rankings of many."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from chiasm.errors import FusionError


@dataclass(frozen=True, slots=True, eq=False)
class Ranking:
    """Ids with scores, best first: what one source says of one query.

    Attributes:
        ids: Each once.
        scores: float64 ``[len(ids)]``, descending; higher is better.
    """

    ids: tuple[str, ...]
    scores: NDArray[np.float64]

    @classmethod
    def from_scores(cls, scores: Mapping[str, float], limit: int | None = None) -> Ranking:
        """Rank ``scores``, highest first; ties are ordered by id, so that a result does not depend on input order."""
        best = sorted(scores.items(), key=lambda pair: (-pair[1], pair[0]))[:limit]
        return cls(tuple(name for name, _ in best), np.array([score for _, score in best], dtype=np.float64))

    @classmethod
    def from_ids(cls, ids: Sequence[str]) -> Ranking:
        """Take ids in their order, best first, with the scores ``1, 1/2, 1/3, ...`` for want of others."""
        return cls(tuple(ids), 1.0 / np.arange(1, len(ids) + 1, dtype=np.float64))

    def to_dict(self) -> dict[str, float]:
        """Return scores by id, best first."""
        return dict(zip(self.ids, self.scores.tolist(), strict=True))

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True, eq=False)
class Rankings(Mapping[str, Ranking]):
    """The rankings of many queries by one source, in few arrays: what evaluation calls a run.

    A mapping from queries to rankings. Query ``i`` has the entries from ``offsets[i]`` to ``offsets[i + 1]``,
    best first.

    Attributes:
        queries: Each once.
        vocabulary: The ids that ``codes`` point into, sorted, each once; some may be used by no query.
        codes: int64 ``[m]``, positions in ``vocabulary``; within one query each once.
        scores: float64 ``[m]``, within one query descending.
        offsets: int64 ``[len(queries) + 1]``, from 0 to ``m``, ascending.

    Example:
        >>> found = Rankings.of({"q1": {"fox": 0.3, "dog": 0.9}, "q2": ["cat"]})
        >>> found["q1"].ids
        ('dog', 'fox')
    """

    queries: tuple[str, ...]
    vocabulary: tuple[str, ...]
    codes: NDArray[np.int64]
    scores: NDArray[np.float64]
    offsets: NDArray[np.int64]

    @classmethod
    def of(cls, rankings: Mapping[str, AnyRanking]) -> Rankings:
        """Gather rankings by query: each a ``Ranking``, scores by id (ranked here), or ids from best to worst."""
        ranked = [as_ranking(each) for each in rankings.values()]
        vocabulary = tuple(sorted({name for each in ranked for name in each.ids}))
        place = {name: code for code, name in enumerate(vocabulary)}
        codes = np.fromiter((place[name] for each in ranked for name in each.ids), np.int64)
        scores = np.concatenate([np.empty(0), *(np.asarray(each.scores, np.float64) for each in ranked)])
        return cls(tuple(rankings), vocabulary, codes, scores, offsets_of([len(each) for each in ranked]))

    @classmethod
    def from_array(
        cls, scores: NDArray[np.floating], ids: Sequence[str] | None = None, queries: Sequence[str] | None = None
    ) -> Rankings:
        """Rank the columns of each row, highest first; ties are ordered by id.

        Args:
            scores: ``[queries, ids]``; ``-inf`` where a source did not find the id.
            ids: One a column, each once; ``"0"``, ``"1"`` and so on when ``None``.
            queries: One a row, each once; ``"0"``, ``"1"`` and so on when ``None``.

        Raises:
            FusionError: The shapes do not fit, a name comes twice, or a score is NaN or ``inf``.
        """
        table = np.asarray(scores, dtype=np.float64)
        if table.ndim != 2:
            raise FusionError(f"scores have shape {list(table.shape)} where [queries, ids] is due")
        rows, columns = table.shape
        names = [str(at) for at in range(columns)] if ids is None else list(ids)
        asked = [str(at) for at in range(rows)] if queries is None else list(queries)
        for kind, given, due in (("ids", names, columns), ("queries", asked, rows)):
            if len(given) != due or len(set(given)) != due:
                raise FusionError(f"{due} {kind} are due, each once, but {len(set(given))} of {len(given)} differ")
        if np.isnan(table).any() or np.isposinf(table).any():
            raise FusionError("a score is NaN or infinite", fix="Write -inf where an id was not found.")
        by_name = np.array(sorted(range(columns), key=names.__getitem__), dtype=np.int64)
        table = table[:, by_name]
        order = np.argsort(-table, axis=1, kind="stable")
        ordered = np.take_along_axis(table, order, axis=1)
        found = ordered > -np.inf
        vocabulary = tuple(names[at] for at in by_name)
        return cls(tuple(asked), vocabulary, order[found], ordered[found], offsets_of(found.sum(axis=1)))

    def to_array(self, ids: Sequence[str] | None = None) -> NDArray[np.float64]:
        """Return float64 ``[queries, ids]``, with ``-inf`` where an id is not in a ranking.

        Args:
            ids: One a column; the vocabulary when ``None``. Entries of others are left out.
        """
        columns = {name: at for at, name in enumerate(self.vocabulary if ids is None else ids)}
        column = np.array([columns.get(name, -1) for name in self.vocabulary], dtype=np.int64)[self.codes]
        row = np.repeat(np.arange(len(self.queries)), np.diff(self.offsets))
        table = np.full((len(self.queries), len(columns)), -np.inf)
        table[row[column >= 0], column[column >= 0]] = self.scores[column >= 0]
        return table

    def to_dicts(self) -> dict[str, dict[str, float]]:
        """Return scores by id by query, best first: what evaluation libraries take."""
        return {query: each.to_dict() for query, each in self.items()}

    def __iter__(self) -> Iterator[str]:
        return iter(self.queries)

    def __getitem__(self, query: str) -> Ranking:
        at = self._rows[query]
        own = slice(int(self.offsets[at]), int(self.offsets[at + 1]))
        return Ranking(tuple(self.vocabulary[code] for code in self.codes[own].tolist()), self.scores[own])

    def __len__(self) -> int:
        return len(self.queries)

    @cached_property
    def _rows(self) -> dict[str, int]:
        return {query: at for at, query in enumerate(self.queries)}


AnyRanking: TypeAlias = Ranking | Mapping[str, float] | Sequence[str]
"""The ranking of one query in any form: as such, as scores by id, or as ids from best to worst."""

AnyRankings: TypeAlias = Rankings | Mapping[str, AnyRanking] | NDArray[np.floating]
"""The rankings of many queries in any form: as such, by query, or as scores ``[queries, ids]``."""


def as_ranking(given: AnyRanking) -> Ranking:
    """Return the ranking that a caller gave as such, as scores by id, or as ids from best to worst.

    Raises:
        FusionError: It is something else, or a score is NaN or infinite.
    """
    if isinstance(given, Ranking):
        return given
    if isinstance(given, Mapping):
        ranking = Ranking.from_scores(given)
        if not np.isfinite(ranking.scores).all():  # NaN has no place in an order
            wrong = next(name for name, score in given.items() if not np.isfinite(score))
            raise FusionError(f"the score of {wrong!r} is {given[wrong]}, which is not finite")
        return ranking
    if isinstance(given, Sequence) and not isinstance(given, str) and all(isinstance(each, str) for each in given):
        return Ranking.from_ids(given)
    raise FusionError(
        f"a {type(given).__name__} is no ranking",
        fix="Give scores by id ({'a': 0.9, 'b': 0.2}), ids from best to worst (['a', 'b']), or a Ranking.",
    )


def as_rankings(given: AnyRankings) -> Rankings:
    """Return the rankings of many queries in few arrays; raises ``FusionError`` as ``as_ranking`` does."""
    if isinstance(given, Rankings):
        return given
    return Rankings.from_array(given) if isinstance(given, np.ndarray) else Rankings.of(given)


def of_many_queries(given: AnyRanking | AnyRankings) -> bool:
    """Return whether a caller gave the rankings of many queries rather than one; ``{}`` is one empty ranking."""
    if isinstance(given, Rankings | np.ndarray):
        return True
    return isinstance(given, Mapping) and any(
        isinstance(each, Ranking | Mapping) or (isinstance(each, Sequence) and not isinstance(each, str))
        for each in islice(given.values(), 1)
    )


def offsets_of(lengths: Sequence[int] | NDArray[np.int64]) -> NDArray[np.int64]:
    """Return where each of consecutive parts starts and the last ends, int64 ``[len(lengths) + 1]``."""
    return np.concatenate([[0], np.cumsum(lengths, dtype=np.int64)]).astype(np.int64)
