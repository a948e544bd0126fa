"""The encoder contract passes a good encoder, and each faulty one is caught by the test that is meant for it."""

from __future__ import annotations

import faulty_encoders as faulty
import pytest

from chiasm.testing import EncoderContract
from chiasm.testing.contract import contract_tests
from chiasm.testing.running import run_contract

PARAMS = faulty.LetterParams()

FAULTS = [
    ("test_making_it_is_cheap_and_offline", faulty.OpensFiles, PARAMS),
    ("test_making_it_is_cheap_and_offline", faulty.StartsThreads, PARAMS),
    ("test_the_models_it_needs_are_told_without_loading_them", faulty.ModelsAreNames, PARAMS),
    ("test_the_models_it_needs_are_told_without_loading_them", faulty.Downloads, PARAMS),
    ("test_loading_and_closing_may_be_repeated", faulty.ClosesOnce, PARAMS),
    ("test_closing_lets_the_weights_go", faulty.KeepsWeights, PARAMS),
    ("test_loading_and_closing_print_nothing_and_leave_no_threads", faulty.KeepsItsThreads, PARAMS),
    ("test_it_can_be_pickled", faulty.HoldsALock, PARAMS),
    ("test_every_param_is_described", faulty.Letters, faulty.BareParams()),
    ("test_params_refuse_unknown_names_and_do_not_change", faulty.Letters, faulty.LooseParams()),
    ("test_params_survive_a_configuration_file", faulty.Letters, faulty.SetParams()),
    ("test_it_says_what_it_consumes", faulty.ConsumesAList, PARAMS),
    ("test_its_space_is_known_before_it_is_loaded_and_never_changes", faulty.NewSpaceEachTime, PARAMS),
    ("test_its_space_is_known_before_it_is_loaded_and_never_changes", faulty.SpaceChangesOnLoad, PARAMS),
    ("test_vectors_have_the_number_shape_and_dtype_of_the_space", faulty.Float64, PARAMS),
    ("test_vectors_have_the_number_shape_and_dtype_of_the_space", faulty.WrongDimension, PARAMS),
    ("test_vectors_have_the_number_shape_and_dtype_of_the_space", faulty.GivesAList, PARAMS),
    ("test_nothing_gives_an_empty_result_of_the_right_shape", faulty.FailsOnNothing, PARAMS),
    ("test_nothing_gives_an_empty_result_of_the_right_shape", faulty.EmptyOfAnotherShape, PARAMS),
    ("test_vectors_come_in_the_order_of_the_items", faulty.SortsByLength, PARAMS),
    ("test_different_items_have_different_vectors", faulty.AlwaysTheSame, PARAMS),
    ("test_a_vector_does_not_depend_on_the_batch", faulty.CentresTheBatch, PARAMS),
    ("test_the_same_items_always_have_the_same_vectors", faulty.Random, PARAMS),
    ("test_another_process_gives_the_same_vectors", faulty.HashesWords, PARAMS),
    ("test_items_and_what_was_prepared_stay_as_they_are", faulty.ChangesTheItem, PARAMS),
    ("test_items_and_what_was_prepared_stay_as_they_are", faulty.EatsWhatIsPrepared, PARAMS),
    ("test_vectors_are_the_callers_own", faulty.ReusesItsBuffer, PARAMS),
    ("test_prepare_may_be_called_from_many_threads", faulty.SharesAScratchpad, PARAMS),
    ("test_prepared_items_say_what_memory_they_hold", faulty.SaysItIsSmall, PARAMS),
    ("test_normalized_vectors_have_length_one", faulty.NotNormalized, PARAMS),
    ("test_unusual_items_are_encoded_or_refused", faulty.FailsOnTheEmptyText, PARAMS),
    ("test_unusual_items_are_encoded_or_refused", faulty.NanOnTheEmptyText, PARAMS),
    ("test_encoding_prints_nothing", faulty.Prints, PARAMS),
]


def test_a_good_encoder_passes_every_test():
    outcomes = list(run_contract(EncoderContract(), faulty.Letters(PARAMS)))

    assert [(each.test, each.message) for each in outcomes if each.verdict != "passed"] == []
    assert [each.test for each in outcomes] == list(contract_tests(EncoderContract))


@pytest.mark.parametrize(
    ("test", "encoder", "params"), FAULTS, ids=[f"{each.__name__}-{n}" for n, (_, each, _) in enumerate(FAULTS)]
)
def test_a_fault_is_caught_by_the_test_that_is_meant_for_it(test, encoder, params):
    with pytest.raises(Exception) as caught:
        contract_tests(EncoderContract)[test](EncoderContract(), encoder(params))

    assert str(caught.value)


def test_every_test_of_the_contract_catches_something():
    assert {test for test, _, _ in FAULTS} == set(contract_tests(EncoderContract))
