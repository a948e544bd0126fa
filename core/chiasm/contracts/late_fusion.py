"""The late fusion contract: the rankings of several sources into one, for one query or for many."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Self, TypeAlias, cast, overload

import numpy as np
from numpy.typing import NDArray

from chiasm.contracts.candidates import Candidates, could_rank, gather, one_vocabulary
from chiasm.contracts.component import Component, P
from chiasm.contracts.ranking import (
    AnyRanking,
    AnyRankings,
    Ranking,
    Rankings,
    as_ranking,
    as_rankings,
    of_many_queries,
    offsets_of,
)
from chiasm.errors import FusionError

_TIE_DIGITS = 12
"""Sums of the same terms in another order differ in their last bits; scores that agree to so many digits are tied."""

_BLOCK_ENTRIES = 200_000
"""Entries of rankings that are fused at once: enough to be fast, few enough to stay in the processor's cache."""


StoreMethod: TypeAlias = Literal["rrf", "dbsf", "weighted-rrf", "weighted-dbsf", "isr"]


@dataclass(frozen=True, slots=True)
class StoreFusion:
    """A late fusion that a store can run by itself, where ``Capabilities.fusions`` has its method.

    The methods, ranks counted from 1, and sources that do not find a point adding nothing:

    - ``"rrf"``: the sum of ``1 / (k - 1 + rank / weight)``, as Qdrant defines it. So ``k`` is one more than in
      Cormack, Clarke and Buettcher (SIGIR 2009), and a weight divides ranks.
    - ``"weighted-rrf"``: the sum of ``weight / (k - 1 + rank)``; weights multiply terms.
    - ``"dbsf"``: the sum of scores, each source's so scaled that three standard deviations (divisor ``n - 1``) below
      its mean become 0 and three above 1. They are not clipped; all are 0.5 where there is no deviation.
    - ``"weighted-dbsf"``: the same with each source's scaled scores multiplied by its weight.
    - ``"isr"``: the number of sources that find the point, times the sum of ``weight / rank ** 2``.

    A source of weight 0 takes no part.

    Scores in a store are of single precision, and a store orders points that tie as it likes, in a source's ranking as
    in the result; it fuses points, not documents. So a store gives the ranking that chiasm gives where no scores tie
    and each document has one point.

    Attributes:
        method: How.
        options: ``{"k": int}`` for RRF, and ``{"weights": {source: float}}``: 1 for sources that are not named.
    """

    method: StoreMethod
    options: Mapping[str, Any] = field(default_factory=dict)


class LateFusion(Component[P]):
    """Combines the rankings of several sources into one, after search.

    A fusion implements ``score``, over many queries at once; ``fuse`` and ``fuse_many`` follow from it. Ranks are
    places in a ranking, whatever its scores: sources that tie order their ids themselves (``Ranking.from_scores`` by
    id). In the result, ids whose scores agree to 12 digits of the query's greatest are tied, and tied ids are ordered
    by id; so neither the order of sources nor that of sums changes a result.
    """

    @abstractmethod
    def check(self, sources: Collection[str]) -> None:
        """Refuse options that name sources which the pipeline does not have.

        Raises:
            FusionError: With the nearest source.
        """

    @abstractmethod
    def score(self, candidates: Candidates) -> NDArray[np.float64]:
        """Return the fused score of each candidate, float64 ``[n]``: finite, higher is better.

        Called with at least one candidate, possibly of many queries; the score of a candidate depends on its own
        query's alone.
        """

    def uses(self, source: str) -> bool:
        """Return whether a source counts; one that does not is left out, with what only it found."""
        return True

    @property
    def needs_calibration(self) -> bool:
        """Whether it takes scores as they are and relies on the search to make them comparable."""
        return False

    def weighted(self, weights: Mapping[str, float]) -> Self:
        """Return the same fusion for one query whose parts do not count alike.

        Args:
            weights: By source, from 0 and not all 0; they multiply the fusion's own.

        Raises:
            FusionError: The fusion has no param ``weights``.
        """
        if "weights" not in type(self.params).model_fields:
            raise FusionError(
                f"{type(self).__name__} gives sources no weights, and the parts of this query are weighted",
                fix="Leave the query's weights out, or search with a fusion that has weights, such as rrf.",
            )
        own: Mapping[str, float] = dict(self.params)["weights"] or {}
        both = {**own} | {source: weight * own.get(source, 1.0) for source, weight in weights.items()}
        return type(self)(self.params.model_copy(update={"weights": both}), self.parts)

    def in_store(self) -> StoreFusion | None:
        """Return the same fusion in a store's terms; ``None`` where a store cannot give the same ranking.

        See ``StoreFusion`` for what it takes that the rankings are the same.
        """
        return None

    @overload
    def __call__(
        self,
        rankings: Mapping[str, AnyRanking],
        limit: int | None = None,
        available: Mapping[str, Collection[str]] | None = None,
    ) -> Ranking: ...

    @overload
    def __call__(
        self,
        rankings: Mapping[str, AnyRankings],
        limit: int | None = None,
        available: Mapping[str, Collection[str]] | None = None,
    ) -> Rankings: ...

    def __call__(
        self,
        rankings: Mapping[str, AnyRanking] | Mapping[str, AnyRankings],
        limit: int | None = None,
        available: Mapping[str, Collection[str]] | None = None,
    ) -> Ranking | Rankings:
        """Check the sources, then fuse the rankings of one query or of many; see ``fuse`` and ``fuse_many``.

        Raises:
            FusionError: Some sources rank one query and others many, or as ``check`` and fusing do.
        """
        self.check(rankings)
        given = {source: of_many_queries(each) for source, each in rankings.items()}
        if any(given.values()):
            # An empty mapping is no ranking of one query here, but no queries at all.
            one = [source for source, many in given.items() if not many and len(rankings[source])]
            if one:
                raise FusionError(
                    f"the source {one[0]!r} ranks one query, and others rank many", where=type(self).__name__
                )
            return self.fuse_many(cast("Mapping[str, AnyRankings]", rankings), limit, available)
        return self.fuse(cast("Mapping[str, AnyRanking]", rankings), limit, available)

    def fuse(
        self,
        rankings: Mapping[str, AnyRanking],
        limit: int | None = None,
        available: Mapping[str, Collection[str]] | None = None,
    ) -> Ranking:
        """Fuse the rankings of one query.

        Args:
            rankings: By source: each a ``Ranking``, scores by id, or ids from best to worst; one may be empty.
            limit: Length of the result at most; no limit when ``None``.
            available: By source, the ids that the source could have ranked at all (a text has no picture to be found
                by); a source that is not named could rank every id.

        Raises:
            FusionError: A ranking has scores that are not finite, or an id twice.
        """
        used = {source: as_ranking(each) for source, each in rankings.items() if self.uses(source)}
        ids = sorted({name for each in used.values() for name in each.ids})
        place = {name: code for code, name in enumerate(ids)}
        vocabulary = tuple(ids)
        many = {
            source: Rankings(
                ("",),
                vocabulary,
                np.fromiter((place[name] for name in each.ids), np.int64, len(each)),
                np.asarray(each.scores, dtype=np.float64),
                np.array([0, len(each)]),
            )
            for source, each in used.items()
        }
        fused = self.fuse_many(many, limit, available)
        return Ranking(tuple(ids[code] for code in fused.codes.tolist()), fused.scores)

    def fuse_many(
        self,
        rankings: Mapping[str, AnyRankings],
        limit: int | None = None,
        available: Mapping[str, Collection[str]] | None = None,
    ) -> Rankings:
        """Fuse the rankings of many queries, as ``fuse`` does for each.

        Args:
            rankings: By source: each ``Rankings``, a mapping of rankings by query, or an array of scores ``[queries,
                ids]``. A query that a source lacks has an empty ranking by it.
            limit: Length of each result at most; no limit when ``None``.
            available: By source, the ids that the source could have ranked at all.

        Returns:
            Rankings of every query that a source has, in the order of the first source, then of the others.

        Raises:
            FusionError: A ranking has scores that are not finite, or an id twice.
        """
        used = {source: as_rankings(each) for source, each in rankings.items() if self.uses(source)}
        if not used:
            queries = tuple(dict.fromkeys(query for each in rankings.values() for query in as_rankings(each)))
            return Rankings(queries, (), np.empty(0, np.int64), np.empty(0), np.zeros(len(queries) + 1, np.int64))
        used = one_vocabulary(used)
        first = next(iter(used.values()))
        could = could_rank(available, first.vocabulary)
        codes, scores, lengths = [], [], []
        for block in _blocks(used):
            found = self._fuse_block(block, could, limit)
            codes.append(found[0])
            scores.append(found[1])
            lengths.append(found[2])
        return Rankings(
            first.queries,
            first.vocabulary,
            np.concatenate([np.empty(0, np.int64), *codes]),
            np.concatenate([np.empty(0), *scores]),
            offsets_of(np.concatenate([np.empty(0, np.int64), *lengths])),
        )

    def _fuse_block(
        self, rankings: Mapping[str, Rankings], could: Mapping[str, NDArray[np.bool_]], limit: int | None
    ) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.int64]]:
        """Return codes and scores, query after query and best first, and how many each query has."""
        name = type(self).__name__
        lengths = np.zeros(len(next(iter(rankings.values())).queries), dtype=np.int64)
        if not any(len(each.codes) for each in rankings.values()):
            return np.empty(0, np.int64), np.empty(0), lengths
        candidates, asked = gather(rankings, could, name)
        scores = np.asarray(self.score(candidates), dtype=np.float64)
        if scores.shape != (len(candidates),) or not np.isfinite(scores).all():
            raise FusionError(
                f"the fused scores have shape {list(scores.shape)}, or one is not finite, where [{len(candidates)}] "
                "finite ones are due",
                where=name,
            )
        scores = _tied(scores, candidates)
        best = _best_first(scores, candidates, limit)
        lengths[asked] = candidates.sizes if limit is None else np.minimum(candidates.sizes, max(limit, 0))
        return candidates.codes[best], scores[best], lengths


def _blocks(rankings: Mapping[str, Rankings]) -> Iterator[dict[str, Rankings]]:
    """Yield the rankings of some queries after the other, none with many more than ``_BLOCK_ENTRIES`` entries."""
    queries = next(iter(rankings.values())).queries
    ends = np.sum([each.offsets[1:] for each in rankings.values()], axis=0)
    start = 0
    while start < len(queries):
        before = ends[start - 1] if start else 0
        stop = max(start + 1, int(np.searchsorted(ends, before + _BLOCK_ENTRIES, side="right")))
        yield {source: _slice(each, start, stop) for source, each in rankings.items()}
        start = stop


def _slice(rankings: Rankings, start: int, stop: int) -> Rankings:
    offsets = rankings.offsets[start : stop + 1]
    own = slice(int(offsets[0]), int(offsets[-1]))
    queries = rankings.queries[start:stop]
    return Rankings(queries, rankings.vocabulary, rankings.codes[own], rankings.scores[own], offsets - offsets[0])


def _tied(scores: NDArray[np.float64], candidates: Candidates) -> NDArray[np.float64]:
    """Return the scores, equal where they differ in no more than rounding."""
    greatest = candidates.reduce(np.maximum, np.abs(scores)[None])
    _, exponents = np.frexp(candidates.spread(greatest)[0])  # scaling by a power of two loses nothing
    tied: NDArray[np.float64] = np.ldexp(np.ldexp(scores, -exponents).round(_TIE_DIGITS), exponents)
    return tied


def _best_first(scores: NDArray[np.float64], candidates: Candidates, limit: int | None) -> NDArray[np.int64]:
    """Return the best candidates of each query, query after query; codes ascend within one, which decides ties."""
    best = []
    for start, size in zip(candidates.starts.tolist(), candidates.sizes.tolist(), strict=True):
        own = -scores[start : start + size]
        if limit is None or limit >= size:
            best.append(start + np.argsort(own, kind="stable"))
        elif limit > 0:
            last = np.partition(own, limit - 1)[limit - 1]
            kept = np.flatnonzero(own <= last)
            best.append(start + kept[np.argsort(own[kept], kind="stable")[:limit]])
    return np.concatenate([np.empty(0, np.int64), *best])
