"""Reranking: candidates ordered anew by something slower and surer than the vectors that found them."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chiasm.contracts.reranker import Candidate, Reranker
from chiasm.errors import QueryError
from chiasm.filters import In
from chiasm.media.item import Item
from chiasm.run.loading import Loading
from chiasm.search.asking import Asker
from chiasm.search.found import Found
from chiasm.search.hits import Judgement
from chiasm.search.legs import QueryEncoder
from chiasm.search.moments import span_of
from chiasm.search.stages.stage import Arranged, Stage


class Reranking(Stage):
    """Orders documents by scores; those without a score (NaN) keep their places, and the others share theirs."""

    @abstractmethod
    def scores(self, arranged: Arranged, found: Found) -> tuple[NDArray[np.float64], str]:
        """Return a score for each document, float64 ``[n]``, NaN for none; and a word on what was not scored."""

    def run(self, arranged: Arranged, found: Found) -> tuple[Arranged, str]:
        """See ``Stage.run``."""
        if not arranged.ids:
            return arranged, "nothing to rank"
        scores, note = self.scores(arranged, found)
        scored = np.flatnonzero(~np.isnan(scores))
        best = scored[np.argsort(-scores[scored], kind="stable")]
        order = np.arange(len(scores))
        order[scored] = best
        judged = dict(arranged.judged)
        shown = dict(arranged.scores)
        for at in scored:
            document, score = arranged.ids[at], float(scores[at])
            judged[document] = (*judged.get(document, ()), Judgement(self.name, score, int(at) + 1))
            shown[document] = score
        ids = tuple(arranged.ids[at] for at in order)
        told = f"{len(scored)} of {len(scores)} documents scored" + (f"; {note}" if note else "")
        return replace(arranged, ids=ids, scores=shown, judged=judged), told


@dataclass(frozen=True, slots=True)
class ByReranker(Reranking):
    """By a component.

    Attributes:
        name: The component's.
        reranker: The component.
        query: The query's items.
        loading: Loads it on first use.
    """

    name: str
    reranker: Reranker[Any]
    query: Sequence[Item]
    loading: Loading

    def scores(self, arranged: Arranged, found: Found) -> tuple[NDArray[np.float64], str]:
        """See ``Reranking.scores``."""
        scores = np.full(len(arranged.ids), np.nan)
        asked = [item for item in self.query if item.modality in self.reranker.reads]
        if not asked:
            had = ", ".join(item.modality for item in self.query) or "examples alone"
            return scores, f"it reads {' and '.join(sorted(self.reranker.reads))}, and the query has {had}"
        candidates = candidates_of(arranged, found, self.reranker.consumes)
        taken = [at for at, each in enumerate(candidates) if each.modality in self.reranker.consumes]
        if taken:
            self.loading.ensure(self.reranker)
            given = self.reranker.score(asked, [candidates[at] for at in taken])
            scores[taken] = _checked(given, len(taken), self.name)
        left = len(candidates) - len(taken)
        return scores, f"{left} keep their places, of other modalities" if left else ""


@dataclass(frozen=True, slots=True)
class ByFunction(Reranking):
    """By a callable of the user's.

    Attributes:
        name: Its name.
        function: ``function(query, candidates)``, as ``Reranker.score`` takes and gives.
        query: The query's items.
    """

    name: str
    function: Callable[..., Any]
    query: Sequence[Item]

    def scores(self, arranged: Arranged, found: Found) -> tuple[NDArray[np.float64], str]:
        """See ``Reranking.scores``."""
        given = self.function(self.query, candidates_of(arranged, found))
        return _checked(given, len(arranged.ids), self.name), ""


@dataclass(frozen=True, slots=True)
class ByStoredVectors(Reranking):
    """By vectors that the store has and no leg searches, for example MaxSim of an encoder's token vectors.

    Attributes:
        name: The encoder's.
        encoder: Encodes the query by that encoder alone.
        query: The query's items, by modality.
        asker: Asks the store.
    """

    name: str
    encoder: QueryEncoder
    query: Mapping[str, Item]
    asker: Asker

    def scores(self, arranged: Arranged, found: Found) -> tuple[NDArray[np.float64], str]:
        """See ``Reranking.scores``."""
        scores = np.full(len(arranged.ids), np.nan)
        takes = self.encoder.takes
        items = {modality: item for modality, item in self.query.items() if modality in takes}
        if not items:
            return scores, f"it takes {', '.join(sorted(takes))}, and the query has {', '.join(self.query) or 'none'}"
        sources = [self.asker.source(leg) for leg in self.encoder.legs(items)]
        results = self.asker.ask(sources, In("doc", arranged.ids), len(arranged.ids), exact=True)
        for result in results:
            for at, document in enumerate(arranged.ids):
                if document in result.points:
                    scores[at] = np.nansum([scores[at], result.points[document][0].score])
        left = int(np.isnan(scores).sum())
        return scores, f"{left} keep their places, without such vectors" if left else ""


def candidates_of(arranged: Arranged, found: Found, modalities: Collection[str] = ()) -> list[Candidate]:
    """Return the documents as rerankers take them, by a part of one of ``modalities`` where there is one."""
    made = []
    for rank, document in enumerate(arranged.ids, start=1):
        point = found.point_for(document, modalities)
        payload = point.payload
        made.append(
            Candidate(
                id=document,
                rank=rank,
                score=arranged.scores[document],
                modality=str(payload["modality"]),
                field=str(payload["field"]),
                title=str(payload.get("title", document)),
                path=str(payload.get("path", "")),
                span=span_of(point),
                text=str(payload.get("text", "")),
                metadata=dict(payload.get("meta", {})),
            )
        )
    return made


def _checked(given: object, count: int, name: str) -> NDArray[np.float64]:
    try:
        scores = np.asarray(given, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise QueryError(f"the reranker {name!r} gave what are no numbers ({error})", where="rerank") from error
    if scores.shape != (count,):
        raise QueryError(
            f"the reranker {name!r} gave scores of shape {list(scores.shape)} for {count} candidates",
            where="rerank",
            fix="Return one number for each candidate, NaN for one that keeps its place.",
        )
    if np.isinf(scores).any():
        raise QueryError(f"the reranker {name!r} gave an infinite score", where="rerank")
    return scores
