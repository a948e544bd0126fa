"""One plugin: imported, asked for its components, and reported whatever happens."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from importlib.metadata import EntryPoint
from typing import Any

import pluggy

from chiasm_registry.component import RegisteredComponent
from chiasm_registry.entries import FoundEntry
from chiasm_registry.errors import nearest_names
from chiasm_registry.foreign import prints_to_stderr
from chiasm_registry.hooks import ChiasmHooks
from chiasm_registry.selection import Refusal
from chiasm_registry.spec import ComponentSpec
from chiasm_registry.states import State, full_traceback, import_failure, short_error

HOOK_NAMES = tuple(name for name in vars(ChiasmHooks) if name.startswith("chiasm_"))


@dataclass(slots=True, eq=False)
class PluginReport:
    """What became of one entry point.

    Attributes:
        name: Name of the entry point; empty when the distribution's declaration could not be read.
        distribution: Normalized name of the distribution.
        version: Version of the distribution; empty where unknown.
        value: What the entry point points to, ``"package.module"``.
        state: ``"ok"`` when it was imported and asked for its components.
        seconds: Time that importing it took.
        error: Why it is not ``"ok"``, in one line.
        fix: What to do about it; may be empty.
        traceback: Of the exception behind ``error``, where there was one.
        components: What it offers, also what of it cannot be used.
    """

    name: str
    distribution: str
    version: str
    value: str = ""
    state: State = "ok"
    seconds: float = 0.0
    error: str = ""
    fix: str = ""
    traceback: str = field(default="", repr=False)
    components: list[RegisteredComponent] = field(default_factory=list)

    @property
    def id(self) -> str:
        """``"distribution/entry-point"``."""
        return f"{self.distribution}/{self.name}"

    def fail(self, state: State, message: str, error: BaseException | None = None) -> None:
        """Record why the plugin cannot be used."""
        self.state, self.error = state, message
        self.traceback = full_traceback(error) if error is not None else ""


class PluginFault(Exception):
    """Something that a plugin did wrong, in words that need no traceback."""


def load_plugin(manager: pluggy.PluginManager, entry: FoundEntry, refusal: Refusal | None) -> PluginReport:
    """Import one plugin, register its hooks and collect its components; whatever it raises goes into the report."""
    report = PluginReport(entry.name, entry.distribution, entry.version)
    if entry.entry_point is None:
        report.fail("broken", entry.problem)
        return report
    report.value = entry.entry_point.value
    if refusal is not None:
        report.fail("disabled", refusal.reason)
        report.fix = refusal.fix
        return report
    with prints_to_stderr():
        plugin = _import(entry.entry_point, report)
        if plugin is not None:
            _register(manager, plugin, report)
    return report


def _import(entry_point: EntryPoint, report: PluginReport) -> object | None:
    started = time.perf_counter()
    try:
        if not entry_point.pattern.match(entry_point.value):
            raise PluginFault(f"its entry point {entry_point.value!r} is not of the form 'package.module'")
        plugin: object = entry_point.load()
        hash(plugin)
    except KeyboardInterrupt:
        raise
    except PluginFault as fault:
        report.fail("broken", str(fault))
    except BaseException as error:  # SystemExit too: a plugin does not end the program
        state, message = import_failure(error, entry_point.module)
        report.fail(state, message, error)
    else:
        return plugin
    finally:
        report.seconds = time.perf_counter() - started
    return None


def _register(manager: pluggy.PluginManager, plugin: object, report: PluginReport) -> None:
    registered = False
    try:
        manager.register(plugin, name=report.id)
        registered = True
        _check_hooks(manager, plugin)
        for spec in _specs(call_one(manager, "chiasm_components", plugin)):
            report.components.append(RegisteredComponent(spec, report.distribution, report.version, report.name))
    except KeyboardInterrupt:
        raise
    except PluginFault as fault:
        report.fail("broken", str(fault))
    except BaseException as error:  # SystemExit too: a plugin does not end the program
        where = "chiasm_components" if registered else "registering its hooks"
        report.fail("broken", f"{where} raised {short_error(error)}", error)
    if report.state != "ok":
        report.components.clear()
        if registered:
            manager.unregister(plugin)


def _check_hooks(manager: pluggy.PluginManager, plugin: object) -> None:
    callers = manager.get_hookcallers(plugin) or []
    if not callers:
        raise PluginFault("it implements no hook; is '@hookimpl' from chiasm_registry missing?")
    for caller in callers:
        if not caller.has_spec():
            close = nearest_names(caller.name, HOOK_NAMES, count=1)
            meant = f"; did it mean {close[0]!r}?" if close else ""
            raise PluginFault(f"it implements {caller.name!r}, which is no hook of chiasm{meant}")


def _specs(offered: object) -> list[ComponentSpec]:
    if offered is None:
        return []
    if isinstance(offered, str | bytes) or not isinstance(offered, Iterable):
        raise PluginFault(f"chiasm_components gave {type(offered).__name__}, not a list of ComponentSpec")
    specs = []
    for position, spec in enumerate(offered):
        if not isinstance(spec, ComponentSpec):
            kind = type(spec).__name__
            raise PluginFault(f"chiasm_components gave {kind} at position {position}, not a ComponentSpec")
        if not isinstance(spec.kind, str) or not isinstance(spec.name, str):
            raise PluginFault(f"the kind or name of the component at position {position} is not a string")
        specs.append(spec)
    return specs


def call_one(manager: pluggy.PluginManager, hook: str, plugin: object, **arguments: Any) -> object:  # noqa: ANN401
    """Call one plugin's implementation of a hook and return what it gives; ``None`` where it has none.

    One raising implementation loses every result of a pluggy call, hence one call a plugin.
    """
    others = [each for each in manager.get_plugins() if each is not plugin]
    results = manager.subset_hook_caller(hook, remove_plugins=others)(**arguments)
    return results[0] if results else None
