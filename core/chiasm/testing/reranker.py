"""The contract of rerankers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from chiasm.contracts import Candidate, Reranker
from chiasm.errors import ChiasmError
from chiasm.media.item import Item
from chiasm.media.modality import TEXT
from chiasm.testing.comparing import digest
from chiasm.testing.component import MovableContract, fresh, nothing_printed
from chiasm.testing.contract import ContractBroken, ContractMisused, expect
from chiasm.testing.elsewhere import call_in_another_process
from chiasm.testing.samples import extreme_items, sample_items


class RerankerContract(MovableContract):
    """Tests of a reranker.

    Attributes:
        tolerance: By how much a candidate's score may differ when it is scored with others, relative to the greatest.
    """

    tolerance: ClassVar[float] = 1e-3

    def query(self, component: Reranker[Any]) -> Sequence[Item]:
        """Return the items of a query; override it where it reads no text."""
        if TEXT not in component.reads:
            raise ContractMisused(
                f"the kit has no query for {type(component).__name__}",
                fix="Give one in your test class: def query(self, component): return [Item(...)].",
            )
        return [Item.of_text("a dog on the beach in the rain")]

    def candidates(self, component: Reranker[Any]) -> Sequence[Candidate]:
        """Return at least three candidates that differ; override it where it scores no text."""
        if TEXT not in component.consumes:
            raise ContractMisused(
                f"the kit has no candidates for {type(component).__name__}",
                fix="Give some in your test class: def candidates(self, component): return [Candidate(...), ...].",
            )
        return [_candidate(at, item.text()) for at, item in enumerate(sample_items([TEXT]))]

    def test_it_says_what_it_takes(self, component: Reranker[Any]) -> None:
        """Modalities of candidates and of queries."""
        for label, names in (("consumes", component.consumes), ("reads", component.reads)):
            good = isinstance(names, frozenset) and names and all(isinstance(name, str) for name in names)
            expect(good, f"{label} is {names!r} where a frozenset of names is due")

    def test_each_candidate_has_a_score(self, component: Reranker[Any]) -> None:
        """float64 [n]; NaN for one that keeps its place, never infinite."""
        candidates = self.candidates(component)
        for some in (candidates, candidates[:1]):
            scores = self._scores(component, some)
            form = f"{getattr(scores, 'dtype', type(scores).__name__)} {list(np.shape(scores))}"
            good = np.shape(scores) == (len(some),) and scores.dtype == np.float64
            expect(good, f"{len(some)} candidates give {form} where float64 [{len(some)}] is due")
            expect(not np.isinf(scores).any(), "a score is infinite")

    def test_different_candidates_have_different_scores(self, component: Reranker[Any]) -> None:
        """A reranker that scores all alike ranks nothing."""
        scores = self._scores(component, self.candidates(component))
        expect(len(set(scores[np.isfinite(scores)].tolist())) > 1, f"all candidates score {scores[:1]}")

    def test_scores_come_in_the_order_of_the_candidates(self, component: Reranker[Any]) -> None:
        """However batches are cut and sorted inside."""
        candidates = list(self.candidates(component))
        self._expect_same(
            self._scores(component, candidates)[::-1],
            self._scores(component, candidates[::-1]),
            "the order of the candidates is lost",
        )

    def test_a_score_does_not_depend_on_other_candidates(self, component: Reranker[Any]) -> None:
        """Each alone, and all together."""
        candidates = self.candidates(component)
        alone = np.concatenate([self._scores(component, [each]) for each in candidates])
        self._expect_same(self._scores(component, candidates), alone, "alone, a candidate scores otherwise")

    def test_the_same_candidates_always_score_the_same(self, component: Reranker[Any]) -> None:
        """Again, in another reranker with the same params, and in another process."""
        candidates, query = self.candidates(component), self.query(component)
        first = self._scores(component, candidates)
        self._expect_same(first, self._scores(component, candidates), "a second time the scores are others")
        other = fresh(component)
        self._expect_same(
            first, self._scores(other, candidates), "another reranker of the same params scores otherwise"
        )
        other.close()
        elsewhere = call_in_another_process(fresh(component), "score", query, candidates)
        self._expect_same(first, elsewhere, "another process scores otherwise")

    def test_query_and_candidates_stay_as_they_are(self, component: Reranker[Any]) -> None:
        """They are shown as results."""
        query, candidates = list(self.query(component)), list(self.candidates(component))
        before = digest([query, candidates])
        component.load()
        component.score(query, candidates)
        expect(digest([query, candidates]) == before, "score() changes what it is given")

    def test_unusual_texts_are_scored_or_refused(self, component: Reranker[Any]) -> None:
        """Empty, long, in every script: a score, or an error of chiasm, and nothing else."""
        if TEXT not in component.consumes:
            return
        component.load()
        for at, item in enumerate(extreme_items([TEXT])):
            try:
                component.score(self.query(component), [_candidate(at, item.text())])
            except ChiasmError:
                continue
            except Exception as error:
                raise ContractBroken(f"{item.text()[:50]!r} raises {type(error).__name__}: {error}") from error

    def test_scoring_prints_nothing(self, component: Reranker[Any]) -> None:
        """Standard output holds results."""
        with nothing_printed():
            self._scores(component, self.candidates(component))

    def _scores(self, component: Reranker[Any], candidates: Sequence[Candidate]) -> NDArray[np.float64]:
        component.load()
        return component.score(self.query(component), [replace(each) for each in candidates])

    def _expect_same(self, left: NDArray[np.float64], right: NDArray[np.float64], problem: str) -> None:
        scale = max(float(np.nanmax(np.abs(left), initial=0.0)), 1e-12)
        same = np.allclose(left / scale, right / scale, atol=self.tolerance, equal_nan=True)
        expect(same, f"{problem}: {np.round(left, 4).tolist()} against {np.round(right, 4).tolist()}")


def _candidate(at: int, text: str) -> Candidate:
    return Candidate(f"doc-{at}", at + 1, 1.0 / (at + 1), TEXT, "text", f"Document {at}", text=text)
