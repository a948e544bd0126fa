"""What an untrained fusion asks of the spaces of its fields."""

from __future__ import annotations

from collections.abc import Mapping

from chiasm.errors import FusionError, SpaceMismatch
from chiasm.space import EmbeddingSpace


def require_dense(inputs: Mapping[str, EmbeddingSpace], where: str) -> None:
    """Refuse fields without one dense vector an item, and no fields at all.

    Raises:
        FusionError: There is no field.
        SpaceMismatch: A space is sparse or has several vectors an item.
    """
    if not inputs:
        raise FusionError("there is no field to fuse", where=where)
    for name, space in inputs.items():
        if space.kind != "dense":
            raise SpaceMismatch(
                f"the field {name!r} has vectors of {space}, and one dense vector an item is due",
                where=where,
                fix="Search the field apart and fuse late with 'rrf'.",
            )


def described(inputs: Mapping[str, EmbeddingSpace], **options: object) -> str:
    """Return fields and options as the part of a space's identity that tells how its vectors are made.

    Example:
        >>> described({"text": EmbeddingSpace("words", 4)}, scale="unit")
        'fields text 79714969a0666b1f; scale unit'
    """
    fields = ", ".join(f"{name} {space.fingerprint}" for name, space in sorted(inputs.items()))
    return "; ".join([f"fields {fields}", *(f"{name} {value}" for name, value in options.items())])
