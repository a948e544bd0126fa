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
    assert found["components"][1]["fix"] == "Install: pip install pile"
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

    assert "'typo' is in a list of plugins to use or to disable" in chiasm("plugins", "list").err


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

    assert "Install: pip install pile" in chiasm("plugins", "show", "pile").out


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
    assert "module 'no_such_module' not installed\n    Install: pip install pile" in result.out
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


@pytest.fixture
def own_settings(tmp_path, monkeypatch):
    monkeypatch.setenv("CHIASM_CONFIG_DIR", str(tmp_path / "settings"))
    return tmp_path / "settings" / "disabled-plugins"


def states(result):
    return {each["id"]: (each["state"], each["fix"]) for each in json.loads(result.out)["components"]}


def test_a_disabled_component_stays_so_until_it_is_enabled(chiasm, install, own_settings, monkeypatch, renew):
    install("good", GOOD)
    disabled = chiasm("plugins", "disable", "heap")
    renew()
    then = states(chiasm("plugins", "list", "--json"))
    enabled = chiasm("plugins", "enable", "heap")
    renew()
    at_last = states(chiasm("plugins", "list", "--json"))

    assert disabled.out == "Disabled good/heap.\n"
    assert then["good/heap"] == ("disabled", "Enable it: chiasm plugins enable good/heap")
    assert enabled.out == "Enabled good/heap.\n"
    assert at_last["good/heap"][0] == "ok"
    assert own_settings.read_text() == ""


def test_a_disabled_distribution_is_not_imported(chiasm, install, own_settings, renew):
    install("broken", "raise RuntimeError('boom')")
    chiasm("plugins", "disable", "broken")
    renew()
    result = chiasm("plugins", "list")

    assert "Plugin broken/broken is disabled: it was disabled" in result.err
    assert "boom" not in result.err


def test_disabling_what_is_not_installed_is_refused_with_the_nearest(chiasm, install, own_settings):
    install("good", GOOD)
    result = chiasm("plugins", "disable", "hepa")

    assert result.code == 2
    assert "Did you mean 'heap'" in result.err
    assert not own_settings.exists()


def test_disabling_a_name_of_two_distributions_asks_for_the_id(chiasm, install, own_settings):
    install("good", GOOD)
    install("better", GOOD.replace("good:", "better:"))
    result = chiasm("plugins", "disable", "heap")

    assert result.code == 2
    assert "'heap' may mean better/heap or good/heap" in result.err


def test_enabling_what_is_not_disabled_says_what_is(chiasm, install, own_settings):
    install("good", GOOD)
    chiasm("plugins", "disable", "pile")
    result = chiasm("plugins", "enable", "heap")

    assert result.code == 2
    assert "it has: good/pile" in result.err


def test_an_unreadable_list_of_disabled_plugins_is_an_error(chiasm, own_settings):
    own_settings.mkdir(parents=True)
    result = chiasm("plugins", "list")

    assert result.code == 2
    assert "the list of disabled plugins cannot be read" in result.err
