"""Hooks: every plugin is heard, and one that raises silences no other."""

from __future__ import annotations

import pytest

from chiasm_registry import RegistryError

BUILT = "from chiasm_registry import hookimpl\n@hookimpl\ndef chiasm_pipeline_built(pipeline): {body}"


def test_a_raising_implementation_loses_no_result_of_the_others(install, discover):
    install("alpha", plugin=BUILT.format(body="return ('alpha', pipeline)"))
    install("broken", plugin=BUILT.format(body="raise RuntimeError('no')"))
    install("quits", plugin=BUILT.format(body="raise SystemExit(2)"))
    install("zeta", plugin=BUILT.format(body="return ('zeta', pipeline)"))

    results = discover().call("chiasm_pipeline_built", pipeline=7)

    assert [each.plugin.distribution for each in results] == ["alpha", "broken", "quits", "zeta"]
    assert [each.value for each in results] == [("alpha", 7), None, None, ("zeta", 7)]
    assert [type(each.error) for each in results] == [type(None), RuntimeError, SystemExit, type(None)]


def test_only_plugins_with_an_implementation_are_called(install, discover):
    install("alpha", plugin=BUILT.format(body="return 1"))
    install("silent", specs="")
    registry = discover()

    assert [each.plugin.distribution for each in registry.call("chiasm_pipeline_built", pipeline=None)] == ["alpha"]
    assert registry.call("chiasm_stage_finished", stage="encode", count=1, seconds=0.1, errors=0) == []


def test_a_plugin_broken_at_registration_is_not_called(install, discover):
    install(
        "acme",
        plugin=BUILT.format(body="return 1") + "\n@hookimpl\ndef chiasm_components(): return 3",
    )
    registry = discover()

    assert registry.call("chiasm_pipeline_built", pipeline=None) == []


def test_an_implementation_may_take_fewer_arguments(install, discover):
    install(
        "acme", plugin="from chiasm_registry import hookimpl\n@hookimpl\ndef chiasm_stage_finished(stage): return stage"
    )

    results = discover().call("chiasm_stage_finished", stage="encode", count=3, seconds=0.5, errors=0)

    assert [each.value for each in results] == ["encode"]


def test_an_unknown_hook_is_refused(discover):
    with pytest.raises(RegistryError, match="Did you mean 'chiasm_pipeline_built'"):
        discover().call("chiasm_pipeline_build", pipeline=None)
