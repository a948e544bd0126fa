"""Which plugins the user wants: an allow list and a block list, asked before anything is imported."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from chiasm_registry.names import normalized

ALLOW_VARIABLE = "CHIASM_PLUGINS"
BLOCK_VARIABLE = "CHIASM_DISABLE_PLUGINS"
STRICT_VARIABLE = "CHIASM_STRICT_PLUGINS"


@dataclass(frozen=True, slots=True)
class Selection:
    """An allow list, empty for everything, and a block list, which has the last word.

    An entry of either is the name of a distribution, of an entry point, ``distribution/entry-point``, or the canonical
    id of one component, ``distribution/component``.

    Attributes:
        allow: Normalized entries of the allow list.
        block: Normalized entries of the block list.
    """

    allow: frozenset[str] = frozenset()
    block: frozenset[str] = frozenset()

    @classmethod
    def of(cls, allow: Iterable[str], block: Iterable[str]) -> Selection:
        """Return the selection of the names as a user writes them."""
        return cls(frozenset(map(normalized, allow)), frozenset(map(normalized, block)))

    def against_plugin(self, distribution: str, entry: str) -> str:
        """Return why the plugin is not wanted, or nothing when it may be imported."""
        keys = plugin_keys(distribution, entry)
        if keys & self.block:
            return _blocked_by(keys & self.block)
        parts_of_distribution = f"{normalized(distribution)}/"
        if self.allow and not (keys & self.allow or any(each.startswith(parts_of_distribution) for each in self.allow)):
            return f"it is not among the plugins of {ALLOW_VARIABLE}"
        return ""

    def against_component(self, distribution: str, entry: str, name: str) -> str:
        """Return why one component of an imported plugin is not wanted, or nothing when it is."""
        component = normalized(f"{distribution}/{name}")
        if component in self.block:
            return _blocked_by({component})
        if self.allow and component not in self.allow and not plugin_keys(distribution, entry) & self.allow:
            return f"it is not among the plugins of {ALLOW_VARIABLE}"
        return ""


def plugin_keys(distribution: str, entry: str) -> frozenset[str]:
    """Return the names under which a list may mean a whole plugin."""
    distribution, entry = normalized(distribution), normalized(entry)
    return frozenset({distribution, entry, f"{distribution}/{entry}"})


def _blocked_by(entries: Iterable[str]) -> str:
    return f"{BLOCK_VARIABLE} lists {', '.join(repr(entry) for entry in sorted(entries))}"


def names_from_environment(variable: str, environ: Mapping[str, str] = os.environ) -> list[str]:
    """Return the names, divided by commas or spaces, that an environment variable lists."""
    return re.findall(r"[^\s,]+", environ.get(variable, ""))


def strict_from_environment(environ: Mapping[str, str] = os.environ) -> bool:
    """Tell whether a faulty plugin shall be an error."""
    return environ.get(STRICT_VARIABLE, "").strip().lower() not in ("", "0", "false", "no", "off")
