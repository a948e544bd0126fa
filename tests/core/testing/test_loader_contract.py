"""The loader contract passes a good loader, and each faulty one is caught by the test that is meant for it."""

from __future__ import annotations

import faulty_loaders as faulty
import pytest
from catching import assert_caught, assert_passes, own_tests

from chiasm.contracts import LoaderParams
from chiasm.testing import ContractMisused, LoaderContract

FAULTS = {
    faulty.NoModality: "test_it_says_what_it_gives",
    faulty.OtherParams: "test_it_says_what_it_gives",
    faulty.GivesNumbers: "test_files_are_decoded_to_what_the_modality_asks_for",
    faulty.KnowsPathsOnly: "test_a_file_and_its_bytes_give_the_same",
    faulty.Counts: "test_the_same_file_always_gives_the_same",
    faulty.SharesAScratchpad: "test_files_are_decoded_in_many_threads",
    faulty.LetsErrorsThrough: "test_damaged_files_are_refused",
    faulty.TakesNothingForSomething: "test_an_empty_or_missing_file_is_refused",
    faulty.KnowsNoLimits: "test_limits_are_kept",
    faulty.LeavesFilesOpen: "test_no_file_stays_open",
    faulty.Hashes: "test_another_process_decodes_the_same",
    faulty.Prints: "test_decoding_prints_nothing",
}


class NumbersContract(LoaderContract):
    def files(self, component):
        return faulty.FILES


def test_a_good_loader_passes_every_test():
    assert_passes(NumbersContract(), faulty.Numbers(LoaderParams()))


@pytest.mark.parametrize(("loader", "test"), FAULTS.items(), ids=[each.__name__ for each in FAULTS])
def test_a_fault_is_caught_by_the_test_that_is_meant_for_it(loader, test):
    assert_caught(NumbersContract(), test, loader(LoaderParams()))


def test_every_test_of_the_contract_catches_something():
    assert set(FAULTS.values()) == own_tests(LoaderContract)


def test_a_contract_without_files_says_how_to_give_some():
    with pytest.raises(ContractMisused, match="def files"):
        LoaderContract().files(faulty.Numbers(LoaderParams()))
