"""Working plugins: found, listed, loaded on first use."""

from __future__ import annotations

import sys

import pytest

from chiasm_registry import AmbiguousComponent, RegistryError, UnknownComponent, UnusableComponent

CLIP = "ComponentSpec('encoder', 'clip', '{package}.encoder:Clip', 'CLIP', params='{package}.encoder:Params')"
ENCODER = """
class Params: ...
class Clip: ...
"""


def clip(package):
    return {"specs": CLIP.format(package=package), "modules": {"encoder": ENCODER}}


def test_an_installed_plugin_is_listed_without_importing_its_classes(install, discover):
    install("acme-vision", version="2.1", **clip("acme_vision"))

    component = discover().get("encoder", "clip")

    assert (component.id, component.version, component.state) == ("acme-vision/clip", "2.1", "ok")
    assert (component.plugin, component.usable, component.message) == ("acme-vision", True, "")
    assert "acme_vision.encoder" not in sys.modules


def test_the_class_and_the_params_are_imported_on_request(install, discover):
    install("acme-vision", **clip("acme_vision"))
    component = discover().get("encoder", "acme-vision/clip")

    assert component.load_class().__name__ == "Clip"
    assert component.load_params().__name__ == "Params"


def test_a_component_without_params_has_none(install, discover):
    install("acme", specs="ComponentSpec('store', 'heap', 'acme.heap:Heap', 'Heap')")

    assert discover().get("store", "heap").load_params() is None


def test_names_may_repeat_across_kinds(install, discover):
    install(
        "acme",
        specs="ComponentSpec('store', 'mean', 'acme.a:A', 'A'), ComponentSpec('fusion', 'mean', 'acme.b:B', 'B')",
    )
    registry = discover()

    assert registry.get("store", "mean").spec.summary == "A"
    assert registry.get("fusion", "acme/mean").spec.summary == "B"
    assert [each.kind for each in registry.components()] == ["fusion", "store"]


def test_the_distribution_of_a_canonical_id_is_compared_as_packaging_does(install, discover):
    install("acme-vision", **clip("acme_vision"))

    assert discover().get("encoder", "Acme_Vision/clip").id == "acme-vision/clip"


def test_an_unknown_name_is_told_with_the_nearest(install, discover):
    install("acme", **clip("acme"))

    with pytest.raises(UnknownComponent, match="Did you mean 'clip'") as caught:
        discover().get("encoder", "clop")

    assert "chiasm plugins" in str(caught.value)


def test_a_name_of_another_kind_is_told(install, discover):
    install("acme", **clip("acme"))

    with pytest.raises(UnknownComponent, match="belongs to another kind: encoder"):
        discover().get("fusion", "clip")


def test_two_distributions_with_one_name_are_both_usable_by_their_ids(install, discover):
    install("acme", **clip("acme"))
    install("bolt", **clip("bolt"))
    registry = discover()

    with pytest.raises(AmbiguousComponent, match=r"acme/clip, bolt/clip.*'acme/clip'"):
        registry.get("encoder", "clip")
    assert registry.get("encoder", "acme/clip").load_class().__module__ == "acme.encoder"
    assert registry.get("encoder", "bolt/clip").load_class().__module__ == "bolt.encoder"
    assert "bolt/clip" in registry.get("encoder", "acme/clip").message


def test_disabling_one_of_two_settles_what_the_short_name_means(install, discover):
    install("acme", **clip("acme"))
    install("bolt", **clip("bolt"))
    registry = discover(block=("acme/clip",))

    assert registry.get("encoder", "clip").id == "bolt/clip"
    assert registry.get("encoder", "clip").message == ""
    with pytest.raises(UnusableComponent, match=r"disabled: CHIASM_DISABLE_PLUGINS lists 'acme/clip'"):
        registry.get("encoder", "acme/clip")


def test_a_broken_one_of_two_still_makes_the_short_name_ambiguous(install, discover):
    install("acme", specs="ComponentSpec('encoder', 'clip', 'acme.x:Clip', '', requires=('no_such_module',))")
    install("bolt", **clip("bolt"))

    with pytest.raises(AmbiguousComponent):
        discover().get("encoder", "clip")


@pytest.mark.parametrize("named", ["acme", "Acme", "acme/acme"])
def test_a_blocked_plugin_is_not_imported(install, discover, named):
    install("acme", **clip("acme"))
    registry = discover(block=(named,))
    report = next(each for each in registry.plugins() if each.distribution == "acme")

    assert (report.state, report.components) == ("disabled", [])
    assert "CHIASM_DISABLE_PLUGINS lists" in report.error
    assert "acme.plugin" not in sys.modules
    with pytest.raises(UnknownComponent, match=r"acme/acme \(disabled\)"):
        registry.get("encoder", "clip")


def test_an_allow_list_keeps_everything_else_out(install, discover):
    install("acme", **clip("acme"))
    install("bolt", **clip("bolt"))
    registry = discover(allow=("bolt",))

    assert [each.id for each in registry.components()] == ["bolt/clip"]
    assert "acme.plugin" not in sys.modules


def test_an_allow_list_may_name_one_component(install, discover):
    two = "ComponentSpec('store', 'heap', 'acme.x:Heap', ''), ComponentSpec('store', 'tree', 'acme.x:Tree', '')"
    install("acme", specs=two)
    states = {each.name: each.state for each in discover(allow=("acme/heap",)).components()}

    assert states == {"heap": "ok", "tree": "disabled"}


def test_lists_come_from_the_environment(install, discover, monkeypatch):
    from chiasm_registry import Registry

    install("acme", **clip("acme"))
    install("bolt", **clip("bolt"))
    install("cork", **clip("cork"))
    monkeypatch.setenv("CHIASM_PLUGINS", "acme, bolt")
    monkeypatch.setenv("CHIASM_DISABLE_PLUGINS", "bolt")

    assert [each.id for each in Registry.discover().components()] == ["acme/clip"]


def test_a_listed_name_that_fits_nothing_is_reported(install, discover):
    install("acme", **clip("acme"))

    assert discover(block=("acmee", "acme/clop", "acme/clip")).unmatched == ("acme/clop", "acmee")


def test_the_order_is_by_name_whatever_the_order_on_the_path(install, discover):
    for name in ("zeta", "alpha", "mid"):
        install(name, specs=f"ComponentSpec('store', 'heap', '{name}.x:Heap', '')")
    registry = discover()

    assert [each.distribution for each in registry.plugins() if each.state == "ok"] == ["alpha", "mid", "zeta"]
    assert [each.distribution for each in registry.components()] == ["alpha", "mid", "zeta"]


def test_given_entry_points_are_used_instead_of_the_installed(site):
    from importlib.metadata import EntryPoint

    from chiasm_registry import Registry

    (site / "loose.py").write_text(
        "from chiasm_registry import ComponentSpec, hookimpl\n"
        "@hookimpl\n"
        "def chiasm_components(): return [ComponentSpec('store', 'heap', 'loose:Heap', '')]\n"
    )
    registry = Registry.discover(entry_points=[EntryPoint("own", "loose", "chiasm.plugins")], block=(), allow=())

    assert [each.id for each in registry.components()] == ["loose/heap"]


def test_the_plugins_of_chiasm_itself_are_declared_and_none_is_lost():
    from chiasm_registry import Registry

    own = [each for each in Registry.discover(allow=("chiasm",), block=()).plugins() if each.distribution == "chiasm"]

    assert {each.name for each in own} >= {"loaders", "encoders", "fusions", "translators", "stores"}
    assert {each.state for each in own} == {"ok"}, [each.error for each in own]


def test_strict_makes_a_broken_plugin_an_error(install, discover):
    install("acme", plugin="raise RuntimeError('no')")

    with pytest.raises(RegistryError, match=r"acme/acme: importing 'acme.plugin' raised RuntimeError: no"):
        discover(strict=True)


def test_strict_lets_a_missing_optional_package_pass(install, discover):
    install("acme", specs="ComponentSpec('encoder', 'clip', 'acme.x:Clip', '', requires=('no_such_module',))")

    assert discover(strict=True).components()[0].state == "missing-dependency"


def test_strict_comes_from_the_environment(install, site, monkeypatch):
    from chiasm_registry import Registry

    install("acme", plugin="raise RuntimeError('no')")
    monkeypatch.setenv("CHIASM_PLUGINS", "acme")
    monkeypatch.setenv("CHIASM_STRICT_PLUGINS", "1")

    with pytest.raises(RegistryError):
        Registry.discover()
