"""The store contract passes a good store, and each faulty one is caught by the test that is meant for it."""

from __future__ import annotations

import faulty_stores as faulty
import pytest
from catching import assert_caught, own_tests

from chiasm.testing import StoreContract
from chiasm_plugins.stores.edge_params import EdgeParams

FAULTS = {
    faulty.NoLocation: "test_it_says_what_it_can_and_where_it_is",
    faulty.SchemaOutOfNothing: "test_before_anything_was_written_there_is_no_schema",
    faulty.ForgetsThePlan: "test_the_schema_is_kept",
    faulty.RetrievesInItsOwnOrder: "test_points_come_back_by_id_in_the_order_asked_for",
    faulty.LosesVectors: "test_vectors_come_back",
    faulty.Appends: "test_writing_twice_is_as_writing_once",
    faulty.Merges: "test_writing_replaces_the_whole_point",
    faulty.FailsOnNothing: "test_nothing_may_be_written_and_asked",
    faulty.WorstFirst: "test_searches_rank_as_the_metric_says",
    faulty.GivesTooMany: "test_hits_carry_their_payload_and_their_number_is_limited",
    faulty.AnswersBackwards: "test_several_queries_are_answered_in_their_order",
    faulty.IgnoresFilters: "test_filters_mean_what_they_mean_everywhere",
    faulty.PagesOverlap: "test_scrolling_yields_every_point_once_in_order_of_id",
    faulty.DeletesEverything: "test_deleting_leaves_the_rest",
    faulty.KeepsPartOfABadBatch: "test_a_batch_with_a_bad_point_is_refused_whole",
    faulty.TakesNan: "test_a_query_that_cannot_be_answered_is_refused",
    faulty.ForgetsOnClose: "test_what_was_written_is_there_after_reopening",
    faulty.ReadersWrite: "test_a_reader_cannot_write",
    faulty.ReadersMake: "test_reading_what_does_not_exist_is_refused",
    faulty.MixesSpaces: "test_another_space_under_a_name_is_refused",
    faulty.AddsNoNames: "test_new_vector_names_are_added",
    faulty.CrashesWhenClosed: "test_a_closed_store_refuses_to_work",
    faulty.SaysManyMayShare: "test_readers_see_one_collection",
    faulty.OneThreadOnly: "test_another_thread_may_use_it",
    faulty.LosesPointsWhenOptimized: "test_optimizing_and_flushing_change_no_result",
    faulty.ChangesPoints: "test_points_stay_as_they_are",
    faulty.RemovesNothing: "test_removing_leaves_nothing",
    faulty.Prints: "test_working_prints_nothing",
}


@pytest.mark.parametrize(("store", "test"), FAULTS.items(), ids=[each.__name__ for each in FAULTS])
def test_a_fault_is_caught_by_the_test_that_is_meant_for_it(store, test, tmp_path):
    assert_caught(StoreContract(), test, store(EdgeParams(path=tmp_path / "store", reserve_mb=0)))


def test_every_test_of_the_contract_catches_something():
    assert set(FAULTS.values()) == own_tests(StoreContract)
