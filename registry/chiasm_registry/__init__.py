"""Which plugins are installed, what they offer, and in what state they are.

A plugin is a module named by an entry point of the group ``chiasm.plugins``:

    from chiasm_registry import ComponentSpec, hookimpl

    @hookimpl
    def chiasm_components():
        return [ComponentSpec("encoder", "clip", "acme_clip.encoder:ClipEncoder", "CLIP of Acme")]
"""

from __future__ import annotations

from chiasm_registry.component import RegisteredComponent
from chiasm_registry.errors import (
    AmbiguousComponent,
    ChiasmError,
    RegistryError,
    UnknownComponent,
    UnusableComponent,
    nearest_names,
)
from chiasm_registry.hooks import ENTRY_POINT_GROUP, ChiasmHooks, hookimpl
from chiasm_registry.plugin import PluginReport
from chiasm_registry.registry import HookResult, Registry, installed_registry
from chiasm_registry.spec import API_VERSION, ComponentSpec
from chiasm_registry.states import FAULTS, State

__all__ = [
    "API_VERSION",
    "ENTRY_POINT_GROUP",
    "FAULTS",
    "AmbiguousComponent",
    "ChiasmError",
    "ChiasmHooks",
    "ComponentSpec",
    "HookResult",
    "PluginReport",
    "RegisteredComponent",
    "Registry",
    "RegistryError",
    "State",
    "UnknownComponent",
    "UnusableComponent",
    "hookimpl",
    "installed_registry",
    "nearest_names",
]
