"""Hybrid fusion: the joint vector finds candidates, and the parts rank them."""

from __future__ import annotations

from pydantic import Field

from chiasm_plugins.fusions.paired import HybridParams, PairedFusion


class CascadeParams(HybridParams):
    """Params of ``cascade``."""

    candidates: int = Field(100, ge=1, description="Documents that the joint vector finds for the parts to rank.")


class CascadeFusion(PairedFusion[CascadeParams]):
    """Early-fused candidates, ranked late by their parts.

    One vector per document is searched; each part is then compared, exactly, with the candidates alone. A candidate
    that no part can rank stands behind the others, in the joint order.

    Example:
        >>> CascadeFusion(CascadeParams(candidates=200)).candidates
        200
    """

    @property
    def candidates(self) -> int:
        """Documents that the joint vector finds."""
        return self.params.candidates
