"""Which plugins the user wants: an allow list and a block list, asked before anything is imported."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass

from chiasm_registry.names import normalized

ALLOW_VARIABLE = "CHIASM_PLUGINS"
BLOCK_VARIABLE = "CHIASM_DISABLE_PLUGINS"
STRICT_VARIABLE = "CHIASM_STRICT_PLUGINS"


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a plugin or component is not wanted, and what to change to have it."""

    reason: str
    fix: str


@dataclass(frozen=True, slots=True)
class Selection:
    """An allow list, empty for everything, and two block lists, which have the last word.

    An entry of a list is the name of a distribution, of an entry point, ``distribution/entry-point``, or the canonical
    id of one component, ``distribution/component``.

    Attributes:
        allow: Normalized entries of the allow list.
        block: Normalized entries of the block list.
        kept: Normalized entries of the block list that the user keeps in a file.
    """

    allow: frozenset[str] = frozenset()
    block: frozenset[str] = frozenset()
    kept: frozenset[str] = frozenset()

    @classmethod
    def of(cls, allow: Iterable[str], block: Iterable[str], kept: Iterable[str] = ()) -> Selection:
        """Return the selection of the names as a user writes them."""
        return cls(*(frozenset(map(normalized, names)) for names in (allow, block, kept)))

    @property
    def names(self) -> frozenset[str]:
        """Every entry of every list."""
        return self.allow | self.block | self.kept

    def against_plugin(self, distribution: str, entry: str) -> Refusal | None:
        """Return why the plugin is not wanted; ``None`` when it may be imported."""
        keys = plugin_keys(distribution, entry)
        parts_of_distribution = f"{normalized(distribution)}/"
        allowed = keys & self.allow or any(each.startswith(parts_of_distribution) for each in self.allow)
        return self._refusal(keys, allowed=bool(allowed))

    def against_component(self, distribution: str, entry: str, name: str) -> Refusal | None:
        """Return why one component of an imported plugin is not wanted; ``None`` when it is."""
        component = normalized(f"{distribution}/{name}")
        allowed = ({component} | plugin_keys(distribution, entry)) & self.allow
        return self._refusal({component}, allowed=bool(allowed))

    def _refusal(self, keys: Set[str], *, allowed: bool) -> Refusal | None:
        if keys & self.block:
            entries = ", ".join(repr(entry) for entry in sorted(keys & self.block))
            return Refusal(f"{BLOCK_VARIABLE} lists {entries}", f"Take it out of {BLOCK_VARIABLE}.")
        if keys & self.kept:
            return Refusal("it was disabled", f"Enable it: chiasm plugins enable {min(keys & self.kept)}")
        if self.allow and not allowed:
            return Refusal(f"it is not among the plugins of {ALLOW_VARIABLE}", f"Add it to {ALLOW_VARIABLE}.")
        return None


def plugin_keys(distribution: str, entry: str) -> frozenset[str]:
    """Return the names under which a list may mean a whole plugin."""
    distribution, entry = normalized(distribution), normalized(entry)
    return frozenset({distribution, entry, f"{distribution}/{entry}"})


def names_from_environment(variable: str, environ: Mapping[str, str] = os.environ) -> list[str]:
    """Return the names, divided by commas or spaces, that an environment variable lists."""
    return re.findall(r"[^\s,]+", environ.get(variable, ""))


def strict_from_environment(environ: Mapping[str, str] = os.environ) -> bool:
    """Tell whether a faulty plugin shall be an error."""
    return environ.get(STRICT_VARIABLE, "").strip().lower() not in ("", "0", "false", "no", "off")
