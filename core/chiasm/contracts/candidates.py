"""What a late fusion sees: every id that a source found for a query, and what each source says of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import cached_property
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from chiasm.contracts.ranking import AnyRankings, Rankings, as_rankings, offsets_of
from chiasm.errors import FusionError

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
N = TypeVar("N", bound=np.generic)


class Candidates:
    """The ids that at least one source found, for many queries at once: ``n`` of them, query after query.

    Arrays by source have a row for each source (``s`` of them, sorted by name, so that the order in which a caller
    names them changes nothing) and a column for each candidate. Queries without a candidate are not among them.

    Attributes:
        sources: Names of the sources.
        codes: int64 ``[n]``, positions in ``vocabulary``, ascending within a query.
        starts: int64 ``[q]``, the first candidate of each query.
        query: int64 ``[n]``, the query of each candidate, from 0 to ``q - 1``, ascending.
        lengths: int64 ``[s, q]``, how many ids each source found.
        found: bool ``[s, n]``, whether the source found the candidate.
        scores: float64 ``[s, n]``, the source's own score; 0 where it did not find the candidate.
        ranks: int64 ``[s, n]``, from 1; 0 where the source did not find the candidate.
    """

    def __init__(
        self,
        sources: Sequence[str],
        codes: Integers,
        starts: Integers,
        lengths: Integers,
        columns: Sequence[Integers],
        entries: Sequence[tuple[Floats, Integers]],
        available: Mapping[str, NDArray[np.bool_]] | None = None,
    ) -> None:
        """Spread entries out.

        Args:
            sources: As the attribute.
            codes: As the attribute.
            starts: As the attribute.
            lengths: As the attribute.
            columns: By source, the candidate of each of its entries.
            entries: By source, scores and ranks of its entries.
            available: By source, bool by code: whether it could have ranked that id; every id where it is not named.
        """
        self.sources = tuple(sources)
        self.codes, self.starts, self.lengths = codes, starts, lengths
        self._available = available or {}
        shape = len(self.sources), len(codes)
        self.found = np.zeros(shape, dtype=np.bool_)
        self.scores, self.ranks = np.zeros(shape), np.zeros(shape, dtype=np.int64)
        for row, (at, (scores, ranks)) in enumerate(zip(columns, entries, strict=True)):
            self.found[row, at] = True
            self.scores[row, at] = scores
            self.ranks[row, at] = ranks

    def __len__(self) -> int:
        return len(self.codes)

    @cached_property
    def sizes(self) -> Integers:
        """int64 ``[q]``, how many candidates each query has."""
        return np.diff(self.starts, append=len(self.codes))

    @cached_property
    def query(self) -> Integers:
        """int64 ``[n]``, the query of each candidate."""
        return np.repeat(np.arange(len(self.starts)), self.sizes)

    @cached_property
    def available(self) -> NDArray[np.bool_]:
        """Bool ``[s, n]``, whether the source could have found the candidate: as a caller tells, or if it did."""
        could = np.ones_like(self.found)
        for row, source in enumerate(self.sources):
            if source in self._available:
                could[row] = self._available[source][self.codes]
        return could | self.found

    def reduce(self, ufunc: np.ufunc, values: Floats) -> Floats:
        """Reduce ``[s, n]`` over the candidates of each query to ``[s, q]``, with ``np.add``, ``np.maximum`` ..."""
        reduced: Floats = ufunc.reduceat(values, self.starts, axis=1)
        return reduced

    def spread(self, values: NDArray[N]) -> NDArray[N]:
        """Give each candidate what its query has: ``[s, q]`` to ``[s, n]``."""
        return np.repeat(values, self.sizes, axis=1)


def candidates_of(
    rankings: Mapping[str, AnyRankings], available: Mapping[str, Collection[str]] | None = None
) -> tuple[Candidates, list[tuple[str, str]]]:
    """Return the candidates of many queries, for training on them, and the query and id of each.

    Args:
        rankings: By source, as ``LateFusion.fuse_many`` takes them.
        available: By source, the ids that the source could have ranked at all.

    Raises:
        FusionError: There is none; a score is not finite, or an id comes twice in a ranking.
    """
    aligned = one_vocabulary({source: as_rankings(each) for source, each in rankings.items()}) if rankings else {}
    if not any(len(each.codes) for each in aligned.values()):
        raise FusionError("no source found anything for any query")
    first = next(iter(aligned.values()))
    candidates, asked = gather(aligned, could_rank(available, first.vocabulary), "candidates")
    queries = [first.queries[at] for at in asked]
    pairs = zip(candidates.query.tolist(), candidates.codes.tolist(), strict=True)
    return candidates, [(queries[query], first.vocabulary[code]) for query, code in pairs]


def gather(
    rankings: Mapping[str, Rankings], available: Mapping[str, NDArray[np.bool_]], where: str
) -> tuple[Candidates, Integers]:
    """Return the candidates of all queries, and which queries have some, int64 ``[q]``.

    Args:
        rankings: By source, all of the same queries and vocabulary.
        available: By source, bool by code.
        where: The fusion, for messages.

    Raises:
        FusionError: An entry's score is not finite, or an id comes twice in a ranking.
    """
    sources = sorted(rankings)
    vocabulary = len(rankings[sources[0]].vocabulary)
    keys, entries = [], []
    for source in sources:
        own = rankings[source]
        query, ranks = _places(own.offsets)
        if len(own.scores) != len(own.codes) or not np.isfinite(own.scores).all():
            raise FusionError("a ranking needs one finite score for each id", where=f"{where}, source {source!r}")
        keys.append(query * vocabulary + own.codes)
        entries.append((own.scores, ranks))
    distinct, columns = _distinct(keys, len(rankings[sources[0]].queries) * vocabulary)
    query = distinct // max(vocabulary, 1)
    asked, starts = np.unique(query, return_index=True)
    lengths = np.stack([np.diff(rankings[source].offsets)[asked] for source in sources])
    made = Candidates(sources, distinct - query * vocabulary, starts, lengths, columns, entries, available)
    twice = made.found.sum(axis=1) < lengths.sum(axis=1)
    if twice.any():
        raise FusionError("a ranking has an id twice", where=f"{where}, source {sources[int(np.argmax(twice))]!r}")
    return made, asked


def _places(offsets: Integers) -> tuple[Integers, Integers]:
    """Return the query and the rank of each entry."""
    lengths = np.diff(offsets)
    query = np.repeat(np.arange(len(lengths)), lengths)
    return query, np.arange(1, len(query) + 1) - offsets[:-1][query]


def _distinct(keys: Sequence[Integers], bound: int) -> tuple[Integers, list[Integers]]:
    """Return the distinct keys, ascending, and for each array where its keys are among them."""
    together = np.concatenate(keys)
    if bound > 32 * len(together):
        distinct, inverse = np.unique(together, return_inverse=True)
    else:  # a table of all keys that there could be is smaller than sorting is slow
        seen = np.zeros(bound, dtype=np.bool_)
        seen[together] = True
        distinct = np.flatnonzero(seen)
        inverse = (np.cumsum(seen) - 1)[together]
    return distinct, np.split(inverse, np.cumsum([len(each) for each in keys])[:-1])


def one_vocabulary(rankings: Mapping[str, Rankings]) -> dict[str, Rankings]:
    """Return the same rankings, all of the same queries and ids; a query that a source lacks is an empty ranking."""
    first = next(iter(rankings.values()))
    queries, vocabulary = first.queries, first.vocabulary
    if any(each.queries is not queries and each.queries != queries for each in rankings.values()):
        queries = tuple(dict.fromkeys(query for each in rankings.values() for query in each.queries))
    if any(each.vocabulary is not vocabulary and each.vocabulary != vocabulary for each in rankings.values()):
        vocabulary = tuple(sorted({name for each in rankings.values() for name in each.vocabulary}))
    return {source: _of_queries(_of_ids(each, vocabulary), queries) for source, each in rankings.items()}


def _of_ids(rankings: Rankings, vocabulary: tuple[str, ...]) -> Rankings:
    if rankings.vocabulary == vocabulary:
        return rankings
    place = {name: code for code, name in enumerate(vocabulary)}
    codes = np.array([place[name] for name in rankings.vocabulary], dtype=np.int64)
    return Rankings(rankings.queries, vocabulary, codes[rankings.codes], rankings.scores, rankings.offsets)


def _of_queries(rankings: Rankings, queries: tuple[str, ...]) -> Rankings:
    if rankings.queries == queries:
        return rankings
    row = {query: at for at, query in enumerate(rankings.queries)}
    lengths = np.diff(rankings.offsets)
    taken = np.array([row.get(query, -1) for query in queries], dtype=np.int64)
    own = np.where(taken >= 0, np.append(lengths, 0)[taken], 0)
    offsets = offsets_of(own)
    starts = rankings.offsets[taken[taken >= 0]]
    entries = np.arange(offsets[-1]) - np.repeat(offsets[:-1][taken >= 0] - starts, own[taken >= 0])
    return Rankings(queries, rankings.vocabulary, rankings.codes[entries], rankings.scores[entries], offsets)


def could_rank(
    available: Mapping[str, Collection[str]] | None, vocabulary: Sequence[str]
) -> dict[str, NDArray[np.bool_]]:
    """Return by source whether it could rank each id of the vocabulary, bool ``[len(vocabulary)]``."""
    known = {source: frozenset(names) for source, names in (available or {}).items()}
    return {
        source: np.fromiter((name in names for name in vocabulary), np.bool_, len(vocabulary))
        for source, names in known.items()
    }
