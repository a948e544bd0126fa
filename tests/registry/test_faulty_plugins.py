"""Every way in which a plugin can be wrong: it has its state and its words, and a healthy neighbour still works."""

from __future__ import annotations

import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from chiasm_registry import UnusableComponent

HEALTHY = "ComponentSpec('store', 'healthy', 'healthy.store:Store', 'Fine')"


@pytest.fixture(autouse=True)
def neighbour(install):
    install("healthy", specs=HEALTHY, modules={"store": "class Store: ..."})


def report_of(registry, name="acme"):
    assert registry.get("store", "healthy").load_class().__name__ == "Store"
    return next(each for each in registry.plugins() if each.distribution == name)


@pytest.mark.parametrize(
    ("plugin", "said"),
    [
        ("raise RuntimeError('boom')", r"raised RuntimeError: boom \(.*plugin.py:1\)"),
        ("def broken(:", "SyntaxError"),
        ("import sys; sys.exit(3)", "SystemExit: 3"),
        ("import acme.gone", "its module 'acme.gone' does not exist"),
        ("from acme import gone", "ImportError"),
        ("x = 1", "implements no hook"),
        ("from chiasm_registry import hookimpl\n@hookimpl\ndef chiasm_componets(): ...", "'chiasm_components'"),
        ("from chiasm_registry import hookimpl\n@hookimpl\ndef chiasm_components(extra): ...", "PluginValidationError"),
    ],
    ids=["raises", "syntax", "exits", "own-module", "own-name", "no-hook", "misspelt-hook", "wrong-arguments"],
)
def test_a_plugin_that_cannot_be_imported_is_broken(install, discover, plugin, said):
    install("acme", plugin=plugin)
    report = report_of(discover())

    assert (report.state, report.components) == ("broken", [])
    assert re.search(said, report.error), report.error


def test_the_traceback_and_the_time_of_a_failed_import_are_kept(install, discover):
    install("acme", plugin="def inner():\n    raise RuntimeError('boom')\ninner()")
    report = report_of(discover())

    assert "in inner" in report.traceback
    assert report.seconds > 0


def test_a_plugin_that_imports_a_package_that_is_not_installed_misses_a_dependency(install, discover):
    install("acme", plugin="import no_such_package.sub")
    report = report_of(discover())

    assert (report.state, report.error) == ("missing-dependency", "module 'no_such_package' is not installed")


def test_an_entry_point_to_a_missing_module_is_broken(install, discover):
    install("acme", entries="acme = acme.nowhere")
    report = report_of(discover())

    assert (report.state, report.error) == ("broken", "its module 'acme.nowhere' does not exist")


@pytest.mark.parametrize("value", ["acme plugin!", ":", "acme.plugin:nothing"])
def test_a_malformed_entry_point_is_broken(install, discover, value):
    install("acme", entries=f"acme = {value}")

    assert report_of(discover()).state == "broken"


def test_an_unreadable_list_of_entry_points_is_reported_and_hides_no_other(install, discover):
    install("acme", entries="this line has no equals sign")
    report = report_of(discover())

    assert report.state == "broken"
    assert "entry_points.txt cannot be read" in report.error


def test_a_distribution_without_metadata_is_still_found(install, discover):
    info = install("acme", specs="ComponentSpec('store', 'heap', 'acme.x:Heap', '')")
    (info / "METADATA").unlink()

    assert discover().get("store", "heap").distribution == "unnamed"


@pytest.mark.parametrize(
    "returned",
    ["3", "'text'", "[1]", "[None]", "[ComponentSpec(1, 'x', 'a:B', '')]", "[ComponentSpec('store', None, 'a:B', '')]"],
)
def test_components_of_the_wrong_type_break_the_plugin(install, discover, returned):
    install(
        "acme",
        plugin="from chiasm_registry import ComponentSpec, hookimpl\n"
        f"@hookimpl\ndef chiasm_components(): return {returned}",
    )
    report = report_of(discover())

    assert report.state == "broken"
    assert "ComponentSpec" in report.error or "not a string" in report.error


@pytest.mark.parametrize("body", ["raise ValueError('late')", "yield 1\n    raise ValueError('late')"])
def test_a_components_hook_that_raises_breaks_its_plugin(install, discover, body):
    install("acme", plugin=f"from chiasm_registry import hookimpl\n@hookimpl\ndef chiasm_components():\n    {body}")

    assert report_of(discover()).state == "broken"


def test_a_plugin_may_offer_hooks_and_no_component(install, discover):
    install(
        "acme", plugin="from chiasm_registry import hookimpl\n@hookimpl\ndef chiasm_pipeline_built(pipeline): return 1"
    )
    report = report_of(discover())

    assert (report.state, report.components) == ("ok", [])


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ("ComponentSpec('store', 'a/b', 'acme.x:X', '')", "other characters"),
        ("ComponentSpec('store', '', 'acme.x:X', '')", "other characters"),
        ("ComponentSpec('store', 'x', 'acme.x', '')", "form 'package.module:Class'"),
        ("ComponentSpec('store', 'x', None, '')", "form 'package.module:Class'"),
        ("ComponentSpec('store', 'x', 'acme.x:X', '', params=3)", "its params 3"),
        ("ComponentSpec('store', 'x', 'acme.x:X', None)", "summary"),
        ("ComponentSpec('store', 'x', 'acme.x:X', '', requires='torch')", "its requires 'torch' is not a tuple"),
        ("ComponentSpec('store', 'x', 'acme.x:X', '', consumes=[1])", "its consumes"),
        ("ComponentSpec('store', 'x', 'acme.x:X', '', install_hint=1)", "install_hint"),
        ("ComponentSpec('store', 'x', 'acme.x:X', '', suffixes='.csv')", "its suffixes '.csv' is not a tuple"),
        ("ComponentSpec('store', 'x', 'acme.x:X', '', suffixes=('csv',))", "begin with a dot"),
        ("ComponentSpec('store', 'x', 'acme.x:X', '', api='1')", "its api"),
    ],
)
def test_a_malformed_spec_breaks_that_component_alone(install, discover, spec, said):
    install("acme", specs=f"{spec}, ComponentSpec('loader', 'good', 'acme.x:Y', '')")
    registry = discover()
    components = {each.kind: each for each in report_of(registry).components}

    assert components["store"].state == "broken"
    assert said in components["store"].message
    assert components["loader"].usable


def test_duplicates_within_one_distribution_are_broken(install, discover):
    specs = "ComponentSpec('store', 'heap', 'acme.x:A', ''), ComponentSpec('store', 'heap', 'acme.x:B', '')"
    install("acme", specs=specs)
    registry = discover()

    assert [each.state for each in report_of(registry).components] == ["broken", "broken"]
    with pytest.raises(UnusableComponent, match="offers 2 of that kind and name"):
        registry.get("store", "heap")


def test_two_entry_points_of_one_name_or_one_module_do_not_pass_silently(install, discover):
    install("acme", specs="", entries="one = acme.plugin\ntwo = acme.plugin")
    registry = discover()
    states = [each.state for each in registry.plugins() if each.distribution == "acme"]

    assert states == ["ok", "broken"]


@pytest.mark.parametrize(("version", "advice"), [(99, "pip install -U chiasm"), (0, "pip install -U acme")])
def test_a_component_of_another_contract_version_is_refused_with_what_to_upgrade(install, discover, version, advice):
    install("acme", specs=f"ComponentSpec('store', 'heap', 'acme.x:Heap', '', api={version})")
    registry = discover()

    assert report_of(registry).components[0].state == "incompatible-api"
    with pytest.raises(UnusableComponent, match=advice):
        registry.get("store", "heap")


def test_a_missing_module_is_told_with_the_command_that_brings_it(install, discover):
    hint = "pip install 'acme[fast]'"
    install(
        "acme",
        specs=f"ComponentSpec('store', 'heap', 'acme.x:H', '', requires=('json', 'no_such'), install_hint={hint!r})",
    )
    registry = discover()

    assert report_of(registry).components[0].message == "module 'no_such' not installed"
    with pytest.raises(UnusableComponent, match=r"missing-dependency.*no_such.*acme\[fast\]"):
        registry.get("store", "heap")


def test_requirements_are_probed_without_importing_parents(install, discover):
    install(
        "acme",
        specs="ComponentSpec('store', 'a', 'acme.x:A', '', requires=('lazypkg.sub',)),"
        "ComponentSpec('store', 'b', 'acme.x:B', '', requires=('lazypkg.gone',)),"
        "ComponentSpec('store', 'c', 'acme.x:C', '', requires=('gone.parent.child',)),"
        "ComponentSpec('store', 'd', 'acme.x:D', '', requires=('json.decoder.deeper',))",
    )
    install("lazypkg", entries="# none", modules={"sub": ""})
    states = {each.name: each.state for each in report_of(discover()).components}

    assert states == {"a": "ok", "b": "missing-dependency", "c": "missing-dependency", "d": "missing-dependency"}
    assert "lazypkg" not in sys.modules


def test_a_requirement_whose_search_raises_counts_as_missing(install, discover, monkeypatch):
    specless = type(sys)("specless")
    specless.__spec__ = None
    install("acme", specs="ComponentSpec('store', 'a', 'acme.x:A', '', requires=('specless.sub',))")
    monkeypatch.setitem(sys.modules, "specless", specless)

    assert report_of(discover()).components[0].state == "missing-dependency"


@pytest.mark.parametrize(
    ("module", "state", "said"),
    [
        ("class Other: ...", "broken", "has no class 'Heap'"),
        ("Heap = 3", "broken", "has no class 'Heap'"),
        ("raise RuntimeError('late')", "broken", "RuntimeError: late"),
        ("import sys; sys.exit()", "broken", "SystemExit"),
        ("import no_such_package", "missing-dependency", "no_such_package"),
        (None, "broken", "its module 'acme.x' does not exist"),
    ],
)
def test_a_target_that_cannot_be_had_is_found_on_first_use(install, discover, module, state, said):
    install(
        "acme",
        specs="ComponentSpec('store', 'heap', 'acme.x:Heap', '')",
        modules={} if module is None else {"x": module},
    )
    component = discover().get("store", "heap")

    with pytest.raises(UnusableComponent, match=said):
        component.load_class()
    assert component.state == state
    assert said in component.message
    with pytest.raises(UnusableComponent, match=said):
        component.load_class()


def test_prints_of_a_plugin_never_reach_standard_output(install, site):
    install(
        "acme",
        plugin="print('noise at import')\n"
        "from chiasm_registry import ComponentSpec, hookimpl\n"
        "@hookimpl\ndef chiasm_components():\n"
        "    print('noise in the hook')\n"
        "    return [ComponentSpec('store', 'heap', 'acme.x:Heap', '')]",
        modules={"x": "print('noise at use')\nclass Heap: ..."},
    )
    program = "from chiasm_registry import installed_registry as r; r().get('store', 'acme/heap').load_class()"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, env={"PYTHONPATH": str(site)}
    )

    assert done.stdout == ""
    assert done.stderr.split("\n")[:3] == ["noise at import", "noise in the hook", "noise at use"]


def test_classes_loaded_from_many_threads_leave_standard_output_as_it_was(install, discover):
    names = [f"c{number}" for number in range(16)]
    install(
        "acme",
        specs=", ".join(f"ComponentSpec('store', '{name}', 'acme.{name}:Store', '')" for name in names),
        modules=dict.fromkeys(names, "class Store: ..."),
    )
    registry, stdout = discover(), sys.stdout
    with ThreadPoolExecutor(8) as threads:
        loaded = list(threads.map(lambda name: registry.get("store", name).load_class(), names))

    assert [each.__module__ for each in loaded] == [f"acme.{name}" for name in names]
    assert sys.stdout is stdout


def test_a_keyboard_interrupt_during_discovery_is_not_swallowed(install, discover):
    install("acme", plugin="raise KeyboardInterrupt")

    with pytest.raises(KeyboardInterrupt):
        discover()
