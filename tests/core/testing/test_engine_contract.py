"""The engine contract: each faulty engine is caught by the test that is meant for it."""

from __future__ import annotations

import faulty_engines as faulty
import pytest
from catching import assert_caught, own_tests

from chiasm.testing import EngineContract
from chiasm_plugins.engines.local_params import LocalParams

FAULTS = [
    (faulty.FinishesTwice, "test_every_document_is_finished_once"),
    (faulty.WritesLate, "test_points_are_written_before_their_document_is_finished"),
    (faulty.WritesTwice, "test_points_are_what_the_components_give"),
    (faulty.SwallowsFailures, "test_failures_are_recorded_and_the_run_goes_on"),
    (faulty.InventsResults, "test_no_documents_are_no_work"),
    (faulty.TakesEverythingAtOnce, "test_documents_are_taken_as_they_are_needed"),
    (faulty.UsesThreads, "test_results_come_from_one_thread"),
    (faulty.SwallowsErrors, "test_an_error_of_the_source_ends_the_run"),
    (faulty.SwallowsErrors, "test_ctrl_c_ends_the_run"),
    (faulty.SwallowsErrors, "test_an_error_of_the_store_ends_the_run"),
    (faulty.SwallowsErrors, "test_a_model_that_is_not_there_ends_the_run"),
    (faulty.RunsOnce, "test_it_can_be_run_again"),
    (faulty.LeavesAThread, "test_running_prints_nothing_and_leaves_no_threads"),
]


@pytest.mark.parametrize(("engine", "test"), FAULTS)
def test_a_fault_is_caught_by_the_test_that_is_meant_for_it(engine, test):
    assert_caught(EngineContract(), test, engine(LocalParams()))


def test_every_test_of_the_contract_catches_something():
    assert {test for _, test in FAULTS} == own_tests(EngineContract)
