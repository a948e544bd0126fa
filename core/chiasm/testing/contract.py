"""What every contract is: tests that a subclass inherits and cannot change, only declare as failing, with a reason."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from chiasm.errors import ChiasmError, nearest_names


class ContractBroken(AssertionError):
    """A component does not do what its contract says; the message says what it did and what is due."""


class ContractMisused(ChiasmError):
    """A contract's subclass overrides a test, declares one that does not exist, or lacks what a test needs."""

    code = "contract-misused"


class Contract:
    """Base of the contracts: methods called ``test_...``, each of which takes the fixture ``component``.

    A subclass of an author may add tests, and answer the questions that a contract asks by plain methods and class
    attributes (``samples``, ``tolerance`` and the like). It cannot replace a test.

    Attributes:
        expected_failures: Reason by test name. Such a test has to fail; that it passes is an error, too.

    Raises:
        ContractMisused: When a subclass is made that overrides a test or declares one that does not exist.
    """

    expected_failures: ClassVar[Mapping[str, str]] = {}

    def __init_subclass__(cls, **options: Any) -> None:  # noqa: ANN401
        super().__init_subclass__(**options)
        if _is_own(cls):
            return
        tests = contract_tests(cls)
        _refuse_overrides(cls, tests)
        for name, reason in cls.expected_failures.items():
            _check_declaration(cls, tests, name, reason)
            setattr(cls, name, _expected_to_fail(tests[name], reason))


def contract_tests(cls: type[Contract]) -> dict[str, Callable[..., None]]:
    """Return the tests that the kit's own classes among ``cls`` and its bases define, by name, in their order."""
    found: dict[str, Callable[..., None]] = {}
    for each in reversed(cls.__mro__):
        if _is_own(each):
            found |= {name: value for name, value in vars(each).items() if name.startswith("test_")}
    return found


def expect(condition: object, problem: str) -> None:
    """Refuse what a component did.

    Raises:
        ContractBroken: ``condition`` is false.
    """
    if not condition:
        raise ContractBroken(problem)


def _is_own(cls: type) -> bool:
    return cls.__module__.startswith("chiasm.testing.")


def _refuse_overrides(cls: type[Contract], tests: Mapping[str, Callable[..., None]]) -> None:
    for name, test in tests.items():
        given = inspect.getattr_static(cls, name)
        if given is not test and getattr(given, "__wrapped__", None) is not test:
            raise ContractMisused(
                f"it replaces the contract's {name!r}",
                where=f"{cls.__module__}.{cls.__qualname__}",
                fix="Contract tests cannot be overridden. Add a test of another name, or, where the component cannot "
                f"pass, declare it: expected_failures = {{{name!r}: 'why'}}.",
            )


def _check_declaration(cls: type[Contract], tests: Mapping[str, object], name: str, reason: str) -> None:
    where = f"{cls.__module__}.{cls.__qualname__}.expected_failures"
    if name not in tests:
        raise ContractMisused(f"the contract has no test {name!r}", where=where, nearest=nearest_names(name, tests))
    if not reason.strip():
        raise ContractMisused(f"{name!r} is expected to fail without a reason", where=where, fix="Say why it cannot.")


def _expected_to_fail(test: Callable[..., None], reason: str) -> Callable[..., None]:
    import pytest

    @functools.wraps(test)
    def expected(*arguments: Any, **named: Any) -> None:  # noqa: ANN401
        test(*arguments, **named)

    mark: Callable[..., None] = pytest.mark.xfail(reason=reason, strict=True)(expected)
    return mark
