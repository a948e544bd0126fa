"""The fusion contracts pass good fusions, and each faulty one is caught by the test that is meant for it."""

from __future__ import annotations

import faulty_fusions as faulty
import pytest
from catching import assert_caught, assert_passes, own_tests

from chiasm.contracts import NoParams
from chiasm.testing import EarlyFusionContract, HybridFusionContract, LateFusionContract

EARLY = {
    faulty.SpaceOfItsOwn: "test_its_space_is_the_same_each_time",
    faulty.Crashes: "test_fields_that_do_not_fit_are_refused",
    faulty.Float64: "test_vectors_have_the_number_shape_and_dtype_of_the_space",
    faulty.NotNormalized: "test_normalized_vectors_have_length_one",
    faulty.IgnoresMasks: "test_a_missing_field_has_no_influence",
    faulty.IgnoresVectors: "test_a_field_that_is_there_has_influence",
    faulty.CentresTheBatch: "test_documents_do_not_depend_on_each_other",
    faulty.CountsFields: "test_the_order_in_which_fields_are_named_does_not_count",
    faulty.Random: "test_the_same_documents_always_have_the_same_vectors",
    faulty.ChangesArrays: "test_arrays_stay_as_they_are",
    faulty.AddsWeights: "test_weights_are_shares",
    faulty.TakesNan: "test_arrays_that_do_not_fit_are_refused",
    faulty.Prints: "test_fusing_prints_nothing",
}
LATE = {
    faulty.FusesToADict: "test_fused_rankings_are_rankings",
    faulty.FusesNothingToSomething: "test_nothing_found_is_nothing_fused",
    faulty.AskedForFewReordersThem: "test_a_shorter_result_is_the_beginning_of_a_longer_one",
    faulty.FirstSourceWins: "test_the_order_in_which_sources_are_named_does_not_count",
    faulty.ByName: "test_ids_are_only_names",
    faulty.TurnsOneAround: "test_one_source_keeps_its_order",
    faulty.Contrarian: "test_what_all_agree_on_comes_first",
    faulty.PunishesTheFirst: "test_a_better_place_never_makes_it_worse",
    faulty.CountsWeightsAsVotes: "test_weights_are_shares",
    faulty.MixesQueries: "test_many_queries_are_fused_as_each_alone",
    faulty.TakesAnything: "test_rankings_that_are_none_are_refused",
    faulty.ChangesRankings: "test_rankings_stay_as_they_are",
    faulty.ChecksWithValueErrors: "test_sources_are_checked",
    faulty.StoreKnowsNot: "test_it_says_whether_a_store_can_do_it",
    faulty.Hashes: "test_another_process_gives_the_same_ranking",
    faulty.PrintsLate: "test_fusing_prints_nothing",
}
HYBRID = {
    faulty.NewEachTime: "test_its_halves_are_fusions_and_stay_the_same",
    faulty.FaultyEarly: "test_its_early_half_keeps_the_contract",
    faulty.FaultyLate: "test_its_late_half_keeps_the_contract",
}


def test_good_fusions_pass_every_test():
    assert_passes(EarlyFusionContract(), faulty.Mean(faulty.Weighted()))
    assert_passes(LateFusionContract(), faulty.Borda(faulty.Weighted()))
    assert_passes(HybridFusionContract(), faulty.Both(NoParams()))


@pytest.mark.parametrize(("fusion", "test"), EARLY.items(), ids=[each.__name__ for each in EARLY])
def test_an_early_fault_is_caught_by_the_test_that_is_meant_for_it(fusion, test):
    assert_caught(EarlyFusionContract(), test, fusion(faulty.Weighted()))


@pytest.mark.parametrize(("fusion", "test"), LATE.items(), ids=[each.__name__ for each in LATE])
def test_a_late_fault_is_caught_by_the_test_that_is_meant_for_it(fusion, test):
    assert_caught(LateFusionContract(), test, fusion(faulty.Weighted()))


@pytest.mark.parametrize(("fusion", "test"), HYBRID.items(), ids=[each.__name__ for each in HYBRID])
def test_a_hybrid_fault_is_caught_by_the_test_that_is_meant_for_it(fusion, test):
    assert_caught(HybridFusionContract(), test, fusion(NoParams()))


def test_every_test_of_the_contracts_catches_something():
    assert set(EARLY.values()) == own_tests(EarlyFusionContract)
    assert set(LATE.values()) == own_tests(LateFusionContract)
    assert set(HYBRID.values()) == own_tests(HybridFusionContract)
