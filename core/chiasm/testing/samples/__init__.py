"""Items that components are tested with: a few that differ, and some at the edge of what can happen."""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module

from chiasm.media.item import Item
from chiasm.media.modality import MODALITIES
from chiasm.testing.contract import ContractMisused


def sample_items(modalities: Iterable[str], count: int = 6) -> list[Item]:
    """Return about ``count`` items that differ, of the built-in modalities among ``modalities``.

    Raises:
        ContractMisused: None of the modalities is a built-in one.
    """
    known = [name for name in MODALITIES if name in set(modalities)]
    if not known:
        raise ContractMisused(
            f"the kit has no items of modality {' or '.join(sorted(modalities))}",
            fix="Give some in your test class: def samples(self, component): return [Item(...), ...]; "
            "for 'chiasm plugins check', --file FILE.",
        )
    each = max(3, count // len(known))
    return [item for name in known for item in import_module(f"{__name__}.{name}_items").items()[:each]]


def extreme_items(modalities: Iterable[str]) -> list[Item]:
    """Return items that are allowed and unusual: empty, tiny, long, silent, in every script."""
    known = [name for name in MODALITIES if name in set(modalities)]
    return [item for name in known for item in import_module(f"{__name__}.{name}_items").extremes()]
