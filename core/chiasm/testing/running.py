"""Runs a contract's tests without pytest."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal
from unittest import SkipTest

from chiasm.testing.contract import Contract, contract_tests

Verdict = Literal["passed", "failed", "skipped"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one test.

    Attributes:
        test: Its name.
        verdict: Whether it passed.
        message: Why it did not.
        seconds: How long it took.
        traceback: Of an error that was no plain verdict on the component; empty otherwise.
    """

    test: str
    verdict: Verdict
    message: str = ""
    seconds: float = 0.0
    traceback: str = ""

    @property
    def title(self) -> str:
        """The test's name as words."""
        return self.test.removeprefix("test_").replace("_", " ")


def run_contract(contract: Contract, component: Any) -> Iterator[Outcome]:  # noqa: ANN401
    """Run each test of ``contract`` on ``component`` and yield what became of it, in their order.

    Args:
        contract: An instance, which answers what the tests ask (``samples`` and the like).
        component: What the fixture of the same name would give.
    """
    for name, test in contract_tests(type(contract)).items():
        started = time.perf_counter()
        verdict, message, trace = _verdict(test, contract, component)
        yield Outcome(name, verdict, message, time.perf_counter() - started, trace)


def _verdict(test: Callable[..., None], contract: Contract, component: Any) -> tuple[Verdict, str, str]:  # noqa: ANN401
    try:
        test(contract, component)
    except SkipTest as skip:
        return "skipped", str(skip), ""
    except ModuleNotFoundError as error:
        if error.name != "hypothesis":
            return "failed", f"ModuleNotFoundError: {error}", traceback.format_exc()
        return "skipped", "it needs hypothesis: pip install 'chiasm[testing]'", ""
    except AssertionError as broken:
        return "failed", str(broken), ""
    except Exception as error:
        return "failed", f"{type(error).__name__}: {error}", traceback.format_exc()
    return "passed", "", ""
