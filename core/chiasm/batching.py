"""Cutting items into batches: of similar length, padded no more than needed, within a budget."""

from __future__ import annotations

from collections.abc import Sequence


def cut(costs: Sequence[int], budget: int, max_items: int) -> list[list[int]]:
    """Cut items into batches whose padded cost, the longest times their number, is within a budget.

    Items are taken by length, longest first, so that what is padded is little and the biggest batch, which needs the
    most memory, comes first. An item over the budget by itself makes a batch of its own.

    Args:
        costs: Length of each item in the unit of the budget: tokens, pixels, samples.
        budget: Padded cost of a batch at most.
        max_items: Number of items in a batch at most.

    Returns:
        Positions in ``costs``, each exactly once.

    Raises:
        ValueError: ``budget`` or ``max_items`` is less than 1.

    Example:
        >>> cut([5, 90, 10, 100], budget=200, max_items=8)
        [[3, 1], [2, 0]]
    """
    if budget < 1 or max_items < 1:
        raise ValueError("budget and max_items are at least 1")
    batches: list[list[int]] = []
    batch: list[int] = []
    for index in sorted(range(len(costs)), key=lambda index: (-costs[index], index)):
        if batch and (len(batch) == max_items or costs[batch[0]] * (len(batch) + 1) > budget):
            batches.append(batch)
            batch = []
        batch.append(index)
    if batch:
        batches.append(batch)
    return batches
