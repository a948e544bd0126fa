"""Hybrid fusion: the joint vector and every part rank all documents, and their rankings are joined."""

from __future__ import annotations

from chiasm_plugins.fusions.paired import HybridParams, PairedFusion


class JointPlusPartsParams(HybridParams):
    """Params of ``joint-plus-parts``."""


class JointPlusPartsFusion(PairedFusion[JointPlusPartsParams]):
    """The fused vector and each field's own, joined late.

    The joint vector finds documents of which every part fits somewhat, the parts those of which one fits well; a late
    fusion keeps what either finds.

    Example:
        >>> fusion = JointPlusPartsFusion(JointPlusPartsParams(weights={"joint": 2}))
        >>> fusion.weight("joint"), fusion.weight("text"), type(fusion.late).__name__
        (2.0, 1.0, 'RrfFusion')
    """
