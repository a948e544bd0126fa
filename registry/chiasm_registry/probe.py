"""Whether a module could be imported, found out without importing anything."""

from __future__ import annotations

import sys
from importlib.machinery import ModuleSpec, PathFinder
from importlib.util import find_spec


def is_importable(module: str) -> bool:
    """Tell whether ``module``, dotted or not, would be found by an import.

    ``importlib.util.find_spec`` imports the parents of a dotted name, which may take seconds, so only the first part is
    asked for that way and each further part is looked for in the folders of the one before.
    """
    if sys.modules.get(module) is not None:
        return True
    first, *rest = module.split(".")
    spec = _top_level(first)
    full = first
    for part in rest:
        if spec is None or spec.submodule_search_locations is None:
            return False
        full = f"{full}.{part}"
        spec = PathFinder.find_spec(full, list(spec.submodule_search_locations))
    return spec is not None


def _top_level(name: str) -> ModuleSpec | None:
    try:
        return find_spec(name)
    except (ImportError, ValueError):
        # A module that was put into sys.modules by hand may lack a spec, and a foreign finder may raise.
        return None
