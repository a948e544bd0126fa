"""The hybrid fusion contract: a fused vector and each field's own, indexed together and joined after search."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from chiasm.contracts.component import Component, P

if TYPE_CHECKING:
    from chiasm.contracts.early_fusion import EarlyFusion
    from chiasm.contracts.late_fusion import LateFusion


class HybridFusion(Component[P]):
    """An early fusion and a late one, used together.

    The step ``fuse: [text, image]`` makes the joint vector by ``early``; the search joins the rankings by the joint
    vector and by the parts, each part a source of its own, by ``late``.
    """

    @property
    @abstractmethod
    def early(self) -> EarlyFusion[Any]:
        """The fusion that is run before indexing."""

    @property
    @abstractmethod
    def late(self) -> LateFusion[Any]:
        """The fusion that joins the fused vector's ranking with those of the fields."""

    @property
    def candidates(self) -> int | None:
        """Documents that the joint vector finds and the parts then rank; ``None`` where all rank all documents."""
        return None

    def weight(self, field: str) -> float:
        """Return how much the ranking by a field counts, the joint one included; all alike by default."""
        return 1.0

    def check(self, fields: Collection[str]) -> None:
        """Refuse options that name other fields than these.

        Args:
            fields: The joint field, its parts, and the other fields that are searched.

        Raises:
            FusionError: With the nearest field.
        """
