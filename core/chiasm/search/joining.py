"""Finds documents: the sources are asked, and their rankings joined into one."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from chiasm.contracts.fusion import Ranking
from chiasm.filters import Filter, In, all_of
from chiasm.plan.model import Plan
from chiasm.search.asking import Asker, Result, Source
from chiasm.search.pushing import PushDown, Pushed
from chiasm.search.rankings import LegRankings, leg_rankings


@dataclass(frozen=True, slots=True, eq=False)
class Joined:
    """Documents in one ranking.

    Attributes:
        ranking: Of documents.
        results: What each source found.
        how: Where and how the rankings were joined, for people.
        seconds: Spent in the store.
    """

    ranking: Ranking
    results: tuple[Result, ...]
    how: str
    seconds: float


@dataclass(frozen=True, slots=True, eq=False)
class _Found:
    """What ranks documents, and of a cascade what found its candidates."""

    ranking: tuple[Result, ...]
    finding: tuple[Result, ...] = ()
    candidates: Ranking | None = None


class Joiner:
    """Asks the sources of a search and joins what they say.

    Args:
        plan: Its late or hybrid fusion joins.
        asker: Asks the store.
        push_down: Has the store join where it can; ``None`` for never.
    """

    def __init__(self, plan: Plan, asker: Asker, push_down: PushDown | None) -> None:
        self._plan = plan
        self._asker = asker
        self._push_down = push_down

    def join(self, sources: Sequence[Source], condition: Filter | None, documents: int) -> Joined:
        """Return one ranking of at most so many documents.

        Raises:
            FusionError: The late fusion takes no weights, and the query gives some.
            StoreError: The store failed.
        """
        started = time.perf_counter()
        pushed = Pushed()
        if self._push_down is not None and len(sources) > 1:
            pushed = self._push_down.join(sources, condition, documents)
        if pushed.ranking is not None:
            return Joined(pushed.ranking, pushed.results, "in the store", time.perf_counter() - started)
        why = f": {pushed.why_not}" if pushed.why_not else ""
        found = _Found(pushed.results) if pushed.results else self._ask(sources, condition, documents)
        seconds = time.perf_counter() - started
        ranking = leg_rankings(self._plan, found.ranking).joined(self._plan.late, documents)
        if found.candidates is None:
            return Joined(ranking, found.ranking, f"in chiasm{why}", seconds)
        known = frozenset(ranking.ids)
        rest = tuple(document for document in found.candidates.ids if document not in known)
        scores = np.concatenate([ranking.scores, np.full(len(rest), min(0.0, *ranking.scores, 0.0))])
        how = f"in chiasm: {len(found.candidates)} candidates by their fused vectors, ranked by their parts"
        cut = Ranking((*ranking.ids, *rest)[:documents], scores[:documents])
        return Joined(cut, (*found.ranking, *found.finding), how, seconds)

    def rankings(self, sources: Sequence[Source], condition: Filter | None, documents: int) -> LegRankings:
        """Return the rankings that ``join`` joins. Raises ``StoreError`` where the store failed."""
        return leg_rankings(self._plan, self._ask(sources, condition, documents).ranking)

    def _ask(self, sources: Sequence[Source], condition: Filter | None, documents: int) -> _Found:
        hybrid = self._plan.hybrid
        if hybrid is None or hybrid.fusion.candidates is None:
            return _Found(tuple(self._asker.ask(sources, condition, documents)))
        joint = [source for source in sources if source.fields == (hybrid.joint,)]
        parts = [source for source in sources if source.fields != (hybrid.joint,)]
        if not joint or not parts:
            return _Found(tuple(self._asker.ask(sources, condition, documents)))
        wanted = max(documents, hybrid.fusion.candidates)
        finding = tuple(self._asker.ask(joint, condition, wanted))
        candidates = leg_rankings(self._plan, finding).joined(self._plan.late, wanted)
        if not len(candidates):
            return _Found(finding)
        among = all_of([condition, In("doc", candidates.ids)])
        ranking = self._asker.ask(parts, among, len(candidates), exact=True)
        return _Found(tuple(ranking), finding, candidates)
