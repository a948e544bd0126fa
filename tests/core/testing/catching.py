"""How a contract's own tests are written: a good component, and a fault for each of its tests."""

from __future__ import annotations

from typing import Any
from unittest import SkipTest

import pytest

from chiasm.testing.contract import Contract, contract_tests
from chiasm.testing.running import run_contract


def assert_passes(contract: Contract, component: Any) -> None:
    """Every test passes or has a reason not to apply."""
    outcomes = list(run_contract(contract, component))
    assert [(each.test, each.message) for each in outcomes if each.verdict == "failed"] == []
    assert [each.test for each in outcomes] == list(contract_tests(type(contract)))


def assert_caught(contract: Contract, test: str, component: Any) -> None:
    """The test that is meant for a fault fails, and tells something."""
    with pytest.raises(Exception) as caught:
        contract_tests(type(contract))[test](contract, component)
    assert not isinstance(caught.value, SkipTest)
    assert str(caught.value)


def own_tests(contract: type[Contract]) -> set[str]:
    """Tests that the contract adds to those of every component."""
    return {name for name in contract_tests(contract) if name in vars(contract)}
