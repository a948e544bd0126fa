"""The contract of a plugin: what its distribution declares, and that listing it costs others nothing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any
from unittest import SkipTest

from chiasm.contracts.component import Component, Params
from chiasm.errors import UnusableComponent
from chiasm.testing.contract import Contract, ContractBroken, ContractMisused, expect
from chiasm.testing.kinds import contract_of
from chiasm_registry import API_VERSION, PluginReport, RegisteredComponent, Registry
from chiasm_registry.errors import nearest_names

# fmt: off
HEAVY = frozenset({
    "av", "cv2", "faster_whisper", "jax", "keras", "librosa", "matplotlib", "numpy", "onnxruntime",
    "openvino", "pandas", "PIL", "polars", "pyarrow", "pydantic", "qdrant_client", "qdrant_edge", "scipy",
    "sentence_transformers", "sklearn", "soundfile", "spacy", "tensorflow", "torch", "torchaudio",
    "torchvision", "transformers", "typer",
})
# fmt: on
"""Packages that take long to import."""

ALLOWED_IN_PARAMS = frozenset({"numpy", "pydantic"})
"""What ``chiasm.contracts`` brings anyway."""

_MODULES_AT_MOST = 150

_PROGRAM = """
import json, sys, threading
import chiasm_registry
from importlib import import_module
before, stdout = set(sys.modules), sys.stdout
class Heard:
    text = ""
    def write(self, text): Heard.text += text
    def flush(self): pass
sys.stdout = Heard()
import_module(sys.argv[1])
sys.stdout = stdout
new = sorted(set(sys.modules) - before)
threads = [each.name for each in threading.enumerate() if each is not threading.main_thread()]
print(json.dumps({"modules": new, "threads": threads, "printed": Heard.text}))
"""


class PluginContract(Contract):
    """Tests of an installed plugin. The fixture ``component`` gives the name of its distribution or entry point."""

    def registry(self) -> Registry:
        """Return where the plugin is looked up."""
        return Registry.discover()

    def test_it_is_found_and_works(self, component: str) -> None:
        """Its entry point can be imported and gives components or hooks."""
        for plugin in self._plugins(component):
            expect(plugin.state == "ok", f"plugin {plugin.id} is {plugin.state}: {plugin.error}")

    def test_importing_its_entry_point_is_light(self, component: str) -> None:
        """It is imported whenever plugins are listed, in a process of every user of the environment."""
        for plugin in self._plugins(component):
            found = _import_elsewhere(plugin.value.partition(":")[0])
            heavy = HEAVY & {name.partition(".")[0] for name in found["modules"]}
            expect(not heavy, f"importing {plugin.value} imports {', '.join(sorted(heavy))}; name classes as strings")
            count = len(found["modules"])
            expect(count <= _MODULES_AT_MOST, f"importing {plugin.value} imports {count} modules; it only describes")

    def test_importing_its_entry_point_does_nothing_else(self, component: str) -> None:
        """No thread, nothing printed."""
        for plugin in self._plugins(component):
            found = _import_elsewhere(plugin.value.partition(":")[0])
            expect(not found["threads"], f"importing {plugin.value} starts threads: {found['threads']}")
            expect(not found["printed"], f"importing {plugin.value} prints {found['printed'][:200]!r}")

    def test_importing_params_is_light(self, component: str) -> None:
        """They are read whenever a pipeline is checked."""
        for each in self._components(component):
            if each.spec.params:
                found = _import_elsewhere(each.spec.params.partition(":")[0])
                heavy = {name.partition(".")[0] for name in found["modules"]} & (HEAVY - ALLOWED_IN_PARAMS)
                expect(not heavy, f"importing {each.spec.params} imports {', '.join(sorted(heavy))}")

    def test_its_components_are_usable_or_say_what_they_miss(self, component: str) -> None:
        """What cannot be had for want of a package names the command that brings it."""
        for each in self._components(component):
            problem = f"{each.kind} {each.id} is {each.state}: {each.message}"
            expect(each.usable or each.state == "missing-dependency", problem)
            hint = each.spec.install_hint
            expect(hint or not each.spec.requires, f"{each.kind} {each.id} has 'requires' and no install_hint")

    def test_its_components_describe_themselves(self, component: str) -> None:
        """In one line, by a kind that chiasm knows, for this version of the contracts."""
        for each in self._components(component):
            spec, name = each.spec, f"{each.kind} {each.id}"
            contract_of(spec)
            summary = spec.summary
            expect(summary.strip() and "\n" not in summary, f"{name} has no summary of one line: {summary!r}")
            expect(len(summary) <= 120, f"the summary of {name} has {len(summary)} characters; 120 fit in a list")
            expect(spec.api == API_VERSION, f"{name} speaks version {spec.api} of the contracts, not {API_VERSION}")
            if spec.kind in ("encoder", "translator", "loader", "reranker"):
                expect(spec.consumes, f"{name} does not say what it consumes")

    def test_its_classes_are_what_their_kind_asks_for(self, component: str) -> None:
        """Each target is a complete subclass of its kind's contract."""
        for each in self._usable(component):
            contract, _ = contract_of(each.spec)
            found = each.load_class()
            expect(issubclass(found, contract), f"{each.spec.target} is no {contract.__name__}")
            missing = sorted(getattr(found, "__abstractmethods__", ()))
            expect(not missing, f"{each.spec.target} lacks {', '.join(missing)}")
            expect((found.__doc__ or "").strip(), f"{each.spec.target} has no docstring")

    def test_its_params_are_complete(self, component: str) -> None:
        """A model of chiasm's Params, each field described, its defaults valid."""
        for each in self._usable(component):
            model: Any = each.load_params()
            if model is None:
                continue
            expect(issubclass(model, Params), f"{each.spec.params} is no chiasm.contracts.Params")
            bare = [name for name, info in model.model_fields.items() if not (info.description or "").strip()]
            expect(not bare, f"{each.spec.params}: no description of {', '.join(bare)}")
            model.model_json_schema()

    def test_what_it_says_it_consumes_is_what_its_classes_do(self, component: str) -> None:
        """As far as a component can be made with its default params."""
        compared = 0
        for each in self._usable(component):
            made = _with_defaults(each)
            said = None if made is None else getattr(made, "consumes", getattr(made, "sources", None))
            if isinstance(said, frozenset):
                compared += 1
                listed = frozenset(each.spec.consumes)
                expect(said == listed, f"{each.kind} {each.id} lists {sorted(listed)} and takes {sorted(said)}")
        if not compared:
            raise SkipTest("no component that consumes items has defaults for all its params")

    def _plugins(self, name: str) -> list[PluginReport]:
        every = self.registry().plugins()
        found = [each for each in every if name in (each.id, each.name, each.distribution)]
        if not found:
            known = {label for each in every for label in (each.id, each.name, each.distribution)}
            raise ContractMisused(
                f"no installed plugin is called {name!r}",
                nearest=nearest_names(name, known),
                fix="Install the package first: pip install -e .",
            )
        return found

    def _components(self, name: str) -> list[RegisteredComponent]:
        return [component for plugin in self._plugins(name) for component in plugin.components]

    def _usable(self, name: str) -> list[RegisteredComponent]:
        found = []
        for each in self._components(name):
            try:
                if each.usable:
                    each.load_class()
                    found.append(each)
            except UnusableComponent as error:
                raise ContractBroken(str(error)) from error
        return found


def _import_elsewhere(module: str) -> dict[str, Any]:
    done = subprocess.run(  # noqa: S603 - this Python
        [sys.executable, "-c", _PROGRAM, module],
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        check=False,
    )
    if done.returncode:
        said = done.stderr.strip().splitlines()
        raise ContractBroken(f"module {module!r} cannot be imported by itself: {said[-1] if said else done.returncode}")
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def _with_defaults(component: RegisteredComponent) -> Component[Any] | None:
    from chiasm.testing.making import make_component

    try:
        return make_component(component, {})
    except Exception:  # any: params are required, or parts, or a model's files; other tests tell
        return None
