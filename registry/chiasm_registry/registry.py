"""The registry: every component of every installed plugin, and the hooks of those that work."""

from __future__ import annotations

import logging
import threading
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.metadata import EntryPoint
from typing import Any

import pluggy

from chiasm_registry.component import RegisteredComponent, assess
from chiasm_registry.entries import given_entries, installed_entries
from chiasm_registry.errors import AmbiguousComponent, RegistryError, UnknownComponent, nearest_names
from chiasm_registry.hooks import PROJECT, ChiasmHooks
from chiasm_registry.kept_list import kept_disabled
from chiasm_registry.names import normalized
from chiasm_registry.plugin import HOOK_NAMES, PluginReport, call_one, load_plugin
from chiasm_registry.selection import (
    ALLOW_VARIABLE,
    BLOCK_VARIABLE,
    Selection,
    names_from_environment,
    plugin_keys,
    strict_from_environment,
)
from chiasm_registry.states import FAULTS, short_error

log = logging.getLogger("chiasm.plugins")


@dataclass(frozen=True, slots=True, eq=False)
class HookResult:
    """What one plugin's implementation of a hook gave: a value, or the error that it raised.

    Attributes:
        plugin: The plugin.
        value: What it returned; ``None`` after an error.
        error: What it raised.
    """

    plugin: PluginReport
    value: object = None
    error: BaseException | None = None


class Registry:
    """What the installed plugins offer. Made by ``discover``; ``installed_registry`` keeps one.

    Args:
        manager: Holds the hook implementations, each registered under its plugin's id.
        plugins: One report for each entry point.
        unmatched: Names in the allow and block lists that fit nothing.

    Example:
        >>> registry = Registry.discover(entry_points=[])
        >>> registry.components()
        []
    """

    def __init__(
        self, manager: pluggy.PluginManager, plugins: Iterable[PluginReport], unmatched: Iterable[str] = ()
    ) -> None:
        self._manager = manager
        self._plugins = list(plugins)
        self.unmatched = tuple(unmatched)

    @classmethod
    def discover(
        cls,
        entry_points: Iterable[EntryPoint] | None = None,
        allow: Iterable[str] | None = None,
        block: Iterable[str] | None = None,
        strict: bool | None = None,
    ) -> Registry:
        """Import the wanted plugins and collect what they offer; what one of them raises ends in its report.

        Args:
            entry_points: Plugins to look at; every installed one by default.
            allow: Only these, where there are any; ``CHIASM_PLUGINS`` by default.
            block: Not these, which are not imported; by default ``CHIASM_DISABLE_PLUGINS`` and the file that
                'chiasm plugins disable' keeps.
            strict: Whether a faulty plugin is an error; ``CHIASM_STRICT_PLUGINS`` by default.

        Raises:
            RegistryError: The file of disabled plugins cannot be read; or ``strict``, and a plugin or component is
                broken or speaks another contract version.
        """
        selection = Selection.of(
            names_from_environment(ALLOW_VARIABLE) if allow is None else allow,
            names_from_environment(BLOCK_VARIABLE) if block is None else block,
            kept_disabled() if block is None else (),
        )
        manager = pluggy.PluginManager(PROJECT)
        manager.add_hookspecs(ChiasmHooks)
        entries = installed_entries() if entry_points is None else given_entries(entry_points)
        plugins = []
        for entry in entries:
            report = load_plugin(manager, entry, selection.against_plugin(entry.distribution, entry.name))
            for component in report.components:
                assess(component, selection.against_component(entry.distribution, entry.name, component.name))
            plugins.append(report)
        registry = cls(manager, plugins, _unmatched(selection, plugins))
        _mark_duplicates(registry.components())
        _mark_shared_names(registry.components())
        if strict_from_environment() if strict is None else strict:
            registry.require_faultless()
        return registry

    def plugins(self) -> list[PluginReport]:
        """Return a report for each entry point, ordered by distribution and name."""
        return list(self._plugins)

    def components(self, kind: str | None = None) -> list[RegisteredComponent]:
        """Return the components of a kind, or all, usable or not, ordered by kind, name and distribution."""
        found = [each for plugin in self._plugins for each in plugin.components if kind in (None, each.kind)]
        return sorted(found, key=lambda each: (each.kind, each.name, each.distribution))

    def get(self, kind: str, name: str) -> RegisteredComponent:
        """Return the usable component of that kind with that short name or canonical id.

        A short name serves while only one distribution offers it. Disabled components do not count, so disabling one of
        two settles the matter; broken ones do, so that a repair never changes what a name means.

        Raises:
            UnknownComponent: No plugin that could be loaded offers it.
            AmbiguousComponent: Several distributions offer the short name.
            UnusableComponent: It is there and cannot be used.
        """
        matches = [each for each in self.components(kind) if _answers_to(each, name)]
        candidates = [each for each in matches if each.state != "disabled"] or matches
        if not candidates:
            raise self._unknown(kind, name)
        ids = sorted({each.id for each in candidates})
        if len(ids) > 1:
            raise AmbiguousComponent(
                f"{kind} {name!r} is offered by several distributions: {', '.join(ids)}",
                fix=f"Write the full id, for example {ids[0]!r}, or disable one: chiasm plugins disable {ids[-1]}",
            )
        if not candidates[0].usable:
            raise candidates[0].unusable()
        return candidates[0]

    @property
    def hook(self) -> pluggy.HookRelay:
        """Pluggy's own relay, for a caller who wants one raising plugin to stop the call; else see ``call``."""
        return self._manager.hook

    def call(self, hook: str, **arguments: Any) -> list[HookResult]:  # noqa: ANN401
        """Call a hook of every plugin that implements it; what one raises is in its result, logged, and stops no other.

        Raises:
            RegistryError: There is no such hook.
        """
        if hook not in HOOK_NAMES:
            raise RegistryError(f"there is no hook {hook!r}", nearest=nearest_names(hook, HOOK_NAMES))
        implementing = {each.plugin_name for each in getattr(self._manager.hook, hook).get_hookimpls()}
        return [self._call_one(hook, plugin, arguments) for plugin in self._plugins if plugin.id in implementing]

    def require_faultless(self) -> None:
        """Refuse to go on with a plugin or component that is broken or speaks another contract version.

        Raises:
            RegistryError: There are such; the message names each with its reason.
        """
        faults = [f"{each.id}: {each.error}" for each in self._plugins if each.state in FAULTS]
        faults += [f"{each.kind} {each.id}: {each.message}" for each in self.components() if each.state in FAULTS]
        if faults:
            raise RegistryError(
                f"{len(faults)} of the installed plugins and components cannot be used: {'; '.join(faults)}",
                fix="Repair, remove or disable them; 'chiasm plugins doctor' tells more.",
            )

    def _call_one(self, hook: str, plugin: PluginReport, arguments: dict[str, Any]) -> HookResult:
        try:
            value = call_one(self._manager, hook, self._manager.get_plugin(plugin.id), **arguments)
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # SystemExit too: a plugin does not end the program
            log.warning("plugin %s: %s raised %s", plugin.id, hook, short_error(error))
            return HookResult(plugin, error=error)
        return HookResult(plugin, value)

    def _unknown(self, kind: str, name: str) -> UnknownComponent:
        elsewhere = sorted({each.kind for each in self.components() if _answers_to(each, name)})
        other_kind = f"; that name belongs to another kind: {', '.join(elsewhere)}" if elsewhere else ""
        not_loaded = [f"{each.id} ({each.state})" for each in self._plugins if each.state != "ok"]
        known = {each.name for each in self.components(kind)} | {each.id for each in self.components(kind)}
        return UnknownComponent(
            f"no installed plugin offers {kind} {name!r}{other_kind}",
            nearest=nearest_names(name, known),
            fix=f"Not loaded: {', '.join(not_loaded)}; see 'chiasm plugins doctor'."
            if not_loaded
            else f"'chiasm plugins list --kind {kind}' shows what there is.",
        )


def _answers_to(component: RegisteredComponent, name: str) -> bool:
    distribution, slash, short = name.rpartition("/")
    if not slash:
        return component.name == name
    return component.name == short and component.distribution == normalized(distribution)


def _mark_duplicates(components: Iterable[RegisteredComponent]) -> None:
    by_id: defaultdict[tuple[str, str], list[RegisteredComponent]] = defaultdict(list)
    for component in components:
        by_id[component.kind, component.id].append(component)
    for same in by_id.values():
        plugins = " and ".join(sorted({repr(each.plugin) for each in same}))
        for component in same if len(same) > 1 else ():
            if component.state != "disabled":
                component.state = "broken"
                component.message = f"{component.distribution} offers {len(same)} of that kind and name (in {plugins})"


def _mark_shared_names(components: Iterable[RegisteredComponent]) -> None:
    by_name: defaultdict[tuple[str, str], list[RegisteredComponent]] = defaultdict(list)
    for component in components:
        if component.state != "disabled":
            by_name[component.kind, component.name].append(component)
    for same in by_name.values():
        for component in same:
            others = sorted({each.id for each in same} - {component.id})
            if others and component.usable:
                component.message = f"the short name is also that of {', '.join(others)}; write {component.id!r}"


def _unmatched(selection: Selection, plugins: Iterable[PluginReport]) -> list[str]:
    known: set[str] = set()
    unseen: set[str] = set()
    for plugin in plugins:
        known |= plugin_keys(plugin.distribution, plugin.name)
        known |= {normalized(component.id) for component in plugin.components}
        if plugin.state != "ok":
            # What a plugin that was not imported would have offered cannot be known.
            unseen.add(plugin.distribution)
    named = sorted(selection.names - known)
    return [name for name in named if name.partition("/")[0] not in unseen]


_installed: Registry | None = None
_lock = threading.Lock()


def installed_registry() -> Registry:
    """Return the registry of this process, which is discovered at the first call.

    Raises:
        RegistryError: As ``Registry.discover`` does.
    """
    global _installed  # noqa: PLW0603
    with _lock:
        if _installed is None:
            _installed = Registry.discover()
        return _installed
