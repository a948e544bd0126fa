"""How the names of distributions, plugins and components are compared."""

from __future__ import annotations

import re

COMPONENT_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]*")
"""What a component, a kind or an entry point may be called; the slash separates the parts of a canonical id."""


def normalized(name: str) -> str:
    """Return ``name`` as packaging compares names: lower case, with ``-`` for each run of ``-``, ``_`` and ``.``.

    The parts of a canonical id are treated one by one.

    Example:
        >>> normalized("Acme_Vision/clip")
        'acme-vision/clip'
    """
    return re.sub(r"[-_.]+", "-", name).lower()
