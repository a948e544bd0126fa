"""The plugin contract passes a good plugin, and each faulty one is caught by the test that is meant for it."""

from __future__ import annotations

import importlib
import json
import sys

import pytest
from catching import own_tests

from chiasm.cli import run
from chiasm.testing import ContractMisused, PluginContract
from chiasm.testing.contract import contract_tests
from chiasm_registry import Registry
from chiasm_registry import registry as registry_module

SPEC = """ComponentSpec("encoder", "acme", "acme.encoder:Letters", "Texts by their letters.",
    "acme.params:LetterParams", ("text",), ("dense",))"""
LEAVES_A_THREAD = "import threading, time\nthreading.Thread(target=time.sleep, args=(9,), daemon=True).start()\n"
MODULE = """
from chiasm_registry import ComponentSpec, hookimpl

@hookimpl
def chiasm_components():
    return [{spec}]
"""
ENCODER = """
from faulty_encoders import Letters as Base
from acme.params import LetterParams

class Letters(Base):
    '''Good.'''
"""
PARAMS = """
from pydantic import Field
from chiasm.contracts import Params

class LetterParams(Params):
    scale: float = Field(1.0, description="Of the counts.")
"""


@pytest.fixture
def install(tmp_path, monkeypatch):
    """Install the plugin acme, with parts of it exchanged."""
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv("CHIASM_CONFIG_DIR", str(tmp_path / "settings"))
    monkeypatch.setattr(registry_module, "_installed", None)
    before = set(sys.modules)

    def install(module=None, *, spec=SPEC, encoder=ENCODER, params=PARAMS, before_module=""):
        package = tmp_path / "acme"
        package.mkdir()
        text = before_module + (module if module is not None else MODULE.format(spec=spec))
        for name, content in {"__init__": text, "encoder": encoder, "params": params}.items():
            (package / f"{name}.py").write_text(content)
        info = tmp_path / "acme-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text("[chiasm.plugins]\nacme = acme\n")
        importlib.invalidate_caches()

    yield install
    for name in set(sys.modules) - before:
        if name.partition(".")[0] == "acme":
            del sys.modules[name]


class AcmeContract(PluginContract):
    def registry(self):
        return Registry.discover(allow=["acme"])


FAULTS = [
    ("test_it_is_found_and_works", {"module": "raise RuntimeError('boom')"}, "boom"),
    ("test_importing_its_entry_point_is_light", {"before_module": "import numpy\n"}, "numpy"),
    (
        "test_importing_its_entry_point_does_nothing_else",
        {"before_module": LEAVES_A_THREAD},
        "starts threads",
    ),
    ("test_importing_its_entry_point_does_nothing_else", {"before_module": "print('hello')\n"}, "prints 'hello"),
    ("test_importing_params_is_light", {"params": "import pandas\n" + PARAMS}, "pandas"),
    (
        "test_its_components_are_usable_or_say_what_they_miss",
        {"spec": SPEC.replace('("dense",)', '("dense",), ("no_such_module",)')},
        "no install_hint",
    ),
    ("test_its_components_describe_themselves", {"spec": SPEC.replace("Texts by their letters.", "")}, "no summary"),
    ("test_its_components_describe_themselves", {"spec": SPEC.replace('"encoder",', '"encodre",')}, "encodre"),
    ("test_its_classes_are_what_their_kind_asks_for", {"encoder": "class Letters:\n    'None.'"}, "is no Encoder"),
    (
        "test_its_classes_are_what_their_kind_asks_for",
        {"encoder": "from chiasm.contracts import Encoder\n\nclass Letters(Encoder):\n    'Half.'"},
        "lacks consumes, encode_prepared, prepare, space",
    ),
    ("test_its_classes_are_what_their_kind_asks_for", {"encoder": "raise ImportError('later')"}, "later"),
    ("test_its_params_are_complete", {"params": PARAMS.replace(', description="Of the counts."', "")}, "scale"),
    (
        "test_what_it_says_it_consumes_is_what_its_classes_do",
        {"spec": SPEC.replace('("text",)', '("image",)')},
        r"lists \['image'\] and takes \['text'\]",
    ),
]


def test_a_good_plugin_passes_every_test(install):
    install()
    for test in contract_tests(PluginContract).values():
        test(AcmeContract(), "acme")


@pytest.mark.parametrize(("test", "faults", "said"), FAULTS)
def test_a_fault_is_caught_by_the_test_that_is_meant_for_it(install, test, faults, said):
    install(**faults)
    with pytest.raises((AssertionError, ContractMisused), match=said):
        contract_tests(PluginContract)[test](AcmeContract(), "acme")


def test_every_test_of_the_contract_catches_something():
    assert {test for test, _, _ in FAULTS} == own_tests(PluginContract)


def test_a_name_that_is_not_installed_is_told_with_the_nearest(install):
    install()
    with pytest.raises(ContractMisused, match="Did you mean 'acme'"):
        AcmeContract().test_it_is_found_and_works("acmee")


def test_the_command_checks_a_plugin_and_its_components(install, capsys):
    install()
    assert run(["plugins", "check", "acme/acme", "--params", "{scale: 2}"]) == 0
    out, err = capsys.readouterr()
    assert "plugin acme/acme   importing its entry point is light" in out
    assert "encoder acme/acme  a vector does not depend on the batch" in out
    assert "failed" not in err


def test_the_command_names_what_fails_and_exits_with_1(install, capsys):
    install(encoder="from faulty_encoders import Prints as Base\n\nclass Letters(Base):\n    '''Prints.'''\n")
    assert run(["plugins", "check", "acme", "--json"]) == 1
    checked = json.loads(capsys.readouterr().out)
    failed = [
        (each["subject"], test["test"]) for each in checked for test in each["tests"] if test["verdict"] == "failed"
    ]
    assert failed == [("encoder acme/acme", "test_encoding_prints_nothing")]


def test_the_command_tells_what_it_needs_to_make_a_component(install, capsys):
    install(params=PARAMS.replace("Field(1.0, ", "Field("))
    assert run(["plugins", "check", "acme"]) == 1
    assert "'scale' is missing (--params and --config say how it is to be made)" in capsys.readouterr().out
