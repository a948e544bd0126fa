"""What every component does, whatever its kind: it is made cheaply, loads on request, and lets go again."""

from __future__ import annotations

import io
import pickle
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from typing import Any, TypeVar
from unittest import SkipTest

from pydantic import ValidationError

from chiasm.contracts.component import Component, ModelInfo, Params
from chiasm.testing.contract import Contract, expect
from chiasm.testing.watching import held_bytes, threads_started, watch

C = TypeVar("C", bound=Component[Any])

_KEPT_BYTES = 1_000_000


def fresh(component: C) -> C:
    """Return another component with the same params and parts, nothing of it loaded."""
    return type(component)(component.params, component.parts)


@contextmanager
def nothing_printed() -> Iterator[None]:
    """Refuse a block that prints to standard output, which holds results and nothing else.

    Raises:
        ContractBroken: It did.
    """
    with redirect_stdout(io.StringIO()) as printed:
        yield
    text = printed.getvalue()
    expect(not text, f"it prints to standard output: {text[:200]!r}; use logging, or print to sys.stderr")


class ComponentContract(Contract):
    """Tests of every kind of component."""

    def test_making_it_is_cheap_and_offline(self, component: Component[Any]) -> None:
        """Weights, network and threads come with ``load``, since every component of a plan is made to be checked."""
        with threads_started() as threads, watch() as doings:
            made = fresh(component)
        expect(not doings.network, f"making it uses the network: {doings.network[:3]}")
        expect(not doings.processes, f"making it starts a process: {doings.processes[:3]}")
        expect(not doings.big_files, f"making it reads big files: {doings.big_files[:3]}; that belongs into load()")
        expect(not threads, f"making it starts threads that stay: {threads}")
        expect(not doings.printed, f"making it prints to standard output: {doings.printed[:200]!r}")
        held = held_bytes(made, component.parts)
        expect(held < _KEPT_BYTES, f"made and not loaded, it holds {held:,} bytes of arrays; they belong into load()")

    def test_the_models_it_needs_are_told_without_loading_them(self, component: Component[Any]) -> None:
        """``models`` tells names and sizes for the plan."""
        with watch() as doings:
            told = list(fresh(component).models())
        expect(not doings.network, f"models() uses the network: {doings.network[:3]}")
        wrong = [each for each in told if not isinstance(each, ModelInfo)]
        expect(not wrong, f"models() gives {wrong[:1]} where a ModelInfo is due")

    def test_loading_and_closing_may_be_repeated(self, component: Component[Any]) -> None:
        """A pipeline may be closed and used again; closing what was never loaded does nothing."""
        again = fresh(component)
        again.close()
        again.load()
        again.load()
        again.close()
        again.close()
        again.load()
        again.close()

    def test_closing_lets_the_weights_go(self, component: Component[Any]) -> None:
        """What ``load`` brought is not reachable from the component after ``close``."""
        one = fresh(component)
        one.load()
        loaded = held_bytes(one, component.parts)
        one.close()
        held = held_bytes(one, component.parts)
        expect(
            held < max(_KEPT_BYTES, loaded // 10),
            f"after close() it still holds {held:,} of {loaded:,} bytes; let go of what load() brought",
        )

    def test_loading_and_closing_print_nothing_and_leave_no_threads(self, component: Component[Any]) -> None:
        """Standard output holds results; a thread that stays keeps the program from ending."""
        with threads_started() as threads, nothing_printed():
            one = fresh(component)
            one.load()
            one.close()
        expect(not threads, f"threads stay after close(): {threads}")

    def test_every_param_is_described(self, component: Component[Any]) -> None:
        """``chiasm plugins show``, the JSON Schema and editors show the descriptions."""
        model = type(component.params)
        expect(isinstance(component.params, Params), f"its params are {model.__name__}, which is no chiasm Params")
        bare = [name for name, info in model.model_fields.items() if not (info.description or "").strip()]
        expect(not bare, f"params without a description: {', '.join(bare)}; write Field(..., description='...')")
        model.model_json_schema()

    def test_params_refuse_unknown_names_and_do_not_change(self, component: Component[Any]) -> None:
        """A misspelt param must not pass silently, and a fingerprint must stay true."""
        model = type(component.params)
        try:
            model.model_validate(component.params.model_dump() | {"no such param": 1})
        except ValidationError as error:
            expect(any(each["type"] == "extra_forbidden" for each in error.errors()), f"params do not hold: {error}")
        else:
            expect(False, "unknown params are taken silently; keep extra='forbid' of chiasm.contracts.Params")
        expect(model.model_config.get("frozen"), "its params can be changed; keep frozen=True of Params")

    def test_params_survive_a_configuration_file(self, component: Component[Any]) -> None:
        """Params written as JSON or YAML and read back are the same, so that a pipeline can be saved."""
        model = type(component.params)
        if not model.model_fields:
            raise SkipTest("it has no params")
        text = component.params.model_dump_json(by_alias=True)
        expect(model.model_validate_json(text) == component.params, f"params read back from JSON are others: {text}")


class MovableContract(ComponentContract):
    """Tests of components that a distributed engine sends to other machines."""

    def test_it_can_be_pickled(self, component: Component[Any]) -> None:
        """A distributed engine sends components to other machines before it loads them."""
        one = fresh(component)
        try:
            copy = pickle.loads(pickle.dumps(one))  # noqa: S301 - its own
        except Exception as error:
            raise AssertionError(
                f"it cannot be pickled ({type(error).__name__}: {error}); it travels as "
                "its params and parts (see Component.__reduce__), which have to be plain values"
            ) from error
        expect(type(copy) is type(one), f"unpickled, it is {type(copy).__name__}")
        expect(copy.params == one.params, "unpickled, its params are others")
