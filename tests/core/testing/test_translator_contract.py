"""The translator contract passes a good translator, and each faulty one is caught by the test that is meant for it."""

from __future__ import annotations

import faulty_translators as faulty
import pytest
from catching import assert_caught, assert_passes, own_tests

from chiasm.contracts import NoParams
from chiasm.testing import TranslatorContract

FAULTS = {
    faulty.SourcesAreAList: "test_it_says_what_it_takes_and_gives",
    faulty.LosesEmptyResults: "test_each_item_has_its_list_of_results_in_order",
    faulty.FailsOnNothing: "test_nothing_gives_nothing",
    faulty.AnotherModality: "test_results_are_items_of_the_target",
    faulty.NoProvenance: "test_results_say_how_they_were_made",
    faulty.BeyondTheEnd: "test_spans_lie_within_their_source",
    faulty.Random: "test_the_same_item_always_gives_the_same_results",
    faulty.Hashes: "test_another_process_gives_the_same_results",
    faulty.GivesAList: "test_results_come_as_a_stream",
    faulty.RemembersWhereItWas: "test_a_stream_may_be_left",
    faulty.ChangesTheItem: "test_items_stay_as_they_are",
    faulty.SharesAScratchpad: "test_a_light_translator_may_be_called_from_many_threads",
    faulty.FailsOnTheEmptyText: "test_unusual_items_are_translated_or_refused",
    faulty.Prints: "test_translating_prints_nothing",
}


def test_a_good_translator_passes_every_test():
    assert_passes(TranslatorContract(), faulty.Sentences(NoParams()))


@pytest.mark.parametrize(("translator", "test"), FAULTS.items(), ids=[each.__name__ for each in FAULTS])
def test_a_fault_is_caught_by_the_test_that_is_meant_for_it(translator, test):
    assert_caught(TranslatorContract(), test, translator(NoParams()))


def test_every_test_of_the_contract_catches_something():
    assert set(FAULTS.values()) == own_tests(TranslatorContract)
