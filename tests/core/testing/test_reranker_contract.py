"""The reranker contract passes a good reranker, and each faulty one is caught by the test that is meant for it."""

from __future__ import annotations

import faulty_rerankers as faulty
import pytest
from catching import assert_caught, assert_passes, own_tests

from chiasm.contracts import NoParams
from chiasm.testing import RerankerContract

FAULTS = {
    faulty.ConsumesAString: "test_it_says_what_it_takes",
    faulty.GivesAList: "test_each_candidate_has_a_score",
    faulty.AllAlike: "test_different_candidates_have_different_scores",
    faulty.Sorts: "test_scores_come_in_the_order_of_the_candidates",
    faulty.Normalizes: "test_a_score_does_not_depend_on_other_candidates",
    faulty.Random: "test_the_same_candidates_always_score_the_same",
    faulty.ChangesTheQuery: "test_query_and_candidates_stay_as_they_are",
    faulty.FailsOnTheEmptyText: "test_unusual_texts_are_scored_or_refused",
    faulty.Prints: "test_scoring_prints_nothing",
}


def test_a_good_reranker_passes_every_test():
    assert_passes(RerankerContract(), faulty.SharedWords(NoParams()))


@pytest.mark.parametrize(("reranker", "test"), FAULTS.items(), ids=[each.__name__ for each in FAULTS])
def test_a_fault_is_caught_by_the_test_that_is_meant_for_it(reranker, test):
    assert_caught(RerankerContract(), test, reranker(NoParams()))


def test_every_test_of_the_contract_catches_something():
    assert set(FAULTS.values()) == own_tests(RerankerContract)
