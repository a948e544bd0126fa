"""``chiasm plugins``: list, show and doctor, for people and for programs."""

from __future__ import annotations

import json

import pytest

GOOD = """
from pydantic import BaseModel, Field
from chiasm_registry import ComponentSpec, hookimpl

class Heap: ...

class HeapParams(BaseModel):
    path: str = Field(description="Where it lies.")
    size: int = Field(100_000, description="Entries at most.")
    order: list[str] | None = Field(None, description="Keys to sort by.")

@hookimpl
def chiasm_components():
    return [
        ComponentSpec("store", "heap", "good:Heap", "A heap of vectors.", params="good:HeapParams", requires=("json",)),
        ComponentSpec(
            "store", "pile", "good:Pile", "A pile.", requires=("no_such_module",), install_hint="pip install pile"
        ),
    ]
"""


@pytest.fixture(autouse=True)
def only_these(monkeypatch):
    monkeypatch.setenv("CHIASM_DISABLE_PLUGINS", "chiasm")


def test_the_list_names_every_component_with_its_state(chiasm, install):
    install("good", GOOD)
    result = chiasm("plugins", "list")

    assert result.code == 0
    assert [line.split()[:5] for line in result.out.splitlines()] == [
        ["KIND", "NAME", "STATE", "DISTRIBUTION", "SUMMARY"],
        ["store", "heap", "ok", "good", "1.0"],
        ["store", "pile", "missing-dependency", "good", "1.0"],
    ]
    assert "chiasm plugins doctor" in result.err


def test_the_list_can_be_of_one_kind(chiasm, install):
    install("good", GOOD)

    assert "heap" in chiasm("plugins", "list", "--kind", "store").out
    nothing = chiasm("plugins", "list", "--kind", "encoder")
    assert nothing.out == ""
    assert "there are: store" in nothing.err


def test_the_list_as_json_has_components_and_plugins(chiasm, install):
    install("good", GOOD)
    install("broken", "raise RuntimeError('boom')")
    found = json.loads(chiasm("plugins", "list", "--json").out)

    assert [(each["id"], each["state"]) for each in found["components"]] == [
        ("good/heap", "ok"),
        ("good/pile", "missing-dependency"),
    ]
    assert found["components"][1]["fix"] == "Install it: pip install pile"
    states = {each["id"]: each["state"] for each in found["plugins"]}
    assert states["broken/broken"] == "broken"
    assert states["chiasm/encoders"] == "disabled"


def test_plugins_that_are_not_loaded_are_told_beside_the_list(chiasm, install):
    install("broken", "raise RuntimeError('boom')")
    result = chiasm("plugins", "list")

    assert result.code == 0
    assert "Plugin broken/broken is broken: importing 'broken' raised RuntimeError: boom" in result.err
    assert "Plugin chiasm/encoders is disabled: CHIASM_DISABLE_PLUGINS lists 'chiasm'" in result.err


def test_a_listed_plugin_that_is_not_installed_is_told(chiasm, monkeypatch):
    monkeypatch.setenv("CHIASM_DISABLE_PLUGINS", "chiasm,typo")

    assert "lists 'typo', which no installed plugin answers to" in chiasm("plugins", "list").err


@pytest.mark.parametrize("name", ["heap", "good/heap"])
def test_show_tells_all_about_a_component(chiasm, install, name):
    install("good", GOOD)
    result = chiasm("plugins", "show", name)

    assert result.code == 0
    assert result.out.splitlines()[0] == "store good/heap: A heap of vectors."
    rows = [line.split() for line in result.out.splitlines()]
    assert ["path", "string", "(required)", "Where", "it", "lies."] in rows
    assert ["size", "integer", "100_000", "Entries", "at", "most."] in rows
    assert ["order", "list", "of", "string", "-", "Keys", "to", "sort", "by."] in rows


def test_show_tells_how_to_mend_what_cannot_be_used(chiasm, install):
    install("good", GOOD)

    assert "Install it: pip install pile" in chiasm("plugins", "show", "pile").out


def test_show_of_a_plugin_gives_the_traceback_of_its_failure(chiasm, install):
    install("broken", "def inner():\n    raise RuntimeError('boom')\ninner()")
    result = chiasm("plugins", "show", "broken")

    assert "in inner" in result.out
    assert "_frozen" not in result.out


def test_show_as_json_has_the_schema_of_the_params(chiasm, install):
    install("good", GOOD)
    (record,) = json.loads(chiasm("plugins", "show", "heap", "--json").out)

    assert record["params"]["properties"]["size"]["default"] == 100_000


def test_show_of_an_unknown_name_is_a_usage_error_with_the_nearest(chiasm, install):
    install("good", GOOD)
    result = chiasm("plugins", "show", "hepa")

    assert (result.code, result.out) == (2, "")
    assert "Did you mean 'heap'?" in result.err


def test_the_doctor_finds_no_fault_in_a_missing_optional_package(chiasm, install):
    install("good", GOOD)
    result = chiasm("plugins", "doctor")

    assert result.code == 0
    assert "module 'no_such_module' not installed\n    Install it: pip install pile" in result.out
    assert result.out.splitlines()[-1].startswith("1 components work, 1 missing-dependency")


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("raise RuntimeError('boom')", "RuntimeError: boom"),
        (GOOD.replace("good:Heap'", "x").replace("class Heap: ...", ""), "has no class 'Heap'"),
        (GOOD.replace("good:HeapParams", "gone:HeapParams"), "'gone'"),
        (GOOD.replace('requires=("json",)', "api=99"), "version 99"),
    ],
    ids=["plugin", "class", "params", "contract"],
)
def test_the_doctor_exits_with_1_when_something_is_broken(chiasm, install, source, said):
    install("good", source)
    result = chiasm("plugins", "doctor")
    record = json.loads(chiasm("plugins", "doctor", "--json").out)

    assert said in result.out
    assert (result.code, record["ok"]) == (1, False)


def test_a_broken_plugin_breaks_no_command_that_does_not_need_it(chiasm, install):
    install("broken", "raise RuntimeError('boom')")

    assert chiasm("--version").code == 0
    assert chiasm("schema").code == 0


def test_strict_makes_a_broken_plugin_an_error(chiasm, install, monkeypatch):
    install("broken", "raise RuntimeError('boom')")
    monkeypatch.setenv("CHIASM_STRICT_PLUGINS", "1")
    result = chiasm("plugins", "list")

    assert result.code == 2
    assert "RuntimeError: boom" in result.err
