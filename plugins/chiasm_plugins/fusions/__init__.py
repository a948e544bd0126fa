"""The built-in fusions, described; their code is imported when a pipeline uses them."""

from __future__ import annotations

from collections.abc import Sequence

from chiasm_registry import ComponentSpec, hookimpl

WEIGHTED_MEAN = ComponentSpec(
    kind="fusion",
    name="weighted-mean",
    target="chiasm_plugins.fusions.weighted_mean:WeightedMeanFusion",
    params="chiasm_plugins.fusions.weighted_mean:WeightedMeanParams",
    summary="Early: the weighted mean of the vectors of the fields that a document has.",
    produces=("early",),
)

FUSION_HINT = "pip install 'chiasm[fusion]'"

CONCAT = ComponentSpec(
    kind="fusion",
    name="concat",
    target="chiasm_plugins.fusions.concat:ConcatFusion",
    params="chiasm_plugins.fusions.concat:ConcatParams",
    summary="Early: fields scaled and laid side by side, on request reduced by PCA.",
    produces=("early",),
)

TENSOR = ComponentSpec(
    kind="fusion",
    name="tensor",
    target="chiasm_plugins.fusions.tensor:TensorFusion",
    params="chiasm_plugins.fusions.tensor:TensorParams",
    summary="Early: the outer product of the fields (Zadeh et al. 2017), for small inputs.",
    produces=("early",),
)

CCA = ComponentSpec(
    kind="fusion",
    name="cca",
    target="chiasm_plugins.fusions.cca:CcaFusion",
    params="chiasm_plugins.fusions.cca:CcaParams",
    summary="Early, trained without labels: regularised canonical correlation of two or more fields.",
    produces=("early",),
    requires=("sklearn", "safetensors"),
    install_hint=FUSION_HINT,
)

GATED = ComponentSpec(
    kind="fusion",
    name="gated",
    target="chiasm_plugins.fusions.gated:GatedFusion",
    params="chiasm_plugins.fusions.gated_params:GatedParams",
    summary="Early, trained: gates decide by dimension which field passes (Arevalo et al. 2017).",
    produces=("early",),
    requires=("torch", "safetensors"),
    install_hint=FUSION_HINT,
)

ATTENTION = ComponentSpec(
    kind="fusion",
    name="attention",
    target="chiasm_plugins.fusions.attention:AttentionFusion",
    params="chiasm_plugins.fusions.attention_params:AttentionParams",
    summary="Early, trained: attention over fields, with weights to look at.",
    produces=("early",),
    requires=("torch", "safetensors"),
    install_hint=FUSION_HINT,
)

LOW_RANK_TENSOR = ComponentSpec(
    kind="fusion",
    name="low-rank-tensor",
    target="chiasm_plugins.fusions.low_rank_tensor:LowRankTensorFusion",
    params="chiasm_plugins.fusions.low_rank_tensor_params:LowRankTensorParams",
    summary="Early, trained: products of all fields through low-rank factors (Liu et al. 2018).",
    produces=("early",),
    requires=("torch", "safetensors"),
    install_hint=FUSION_HINT,
)

CROSS_ATTENTION = ComponentSpec(
    kind="fusion",
    name="cross-attention",
    target="chiasm_plugins.fusions.cross_attention:CrossAttentionFusion",
    params="chiasm_plugins.fusions.cross_attention_params:CrossAttentionParams",
    summary="Hybrid, trained: tokens of all fields meet in attention bottlenecks (Nagrani et al. 2021).",
    produces=("early",),
    requires=("torch", "safetensors"),
    install_hint=FUSION_HINT,
)

RRF = ComponentSpec(
    kind="fusion",
    name="rrf",
    target="chiasm_plugins.fusions.rrf:RrfFusion",
    params="chiasm_plugins.fusions.rrf:RrfParams",
    summary="Late: reciprocal rank fusion (Cormack et al. 2009), in the store where it can.",
    produces=("late",),
)

WEIGHTED_SUM = ComponentSpec(
    kind="fusion",
    name="weighted-sum",
    target="chiasm_plugins.fusions.weighted_sum:WeightedSumFusion",
    params="chiasm_plugins.fusions.weighted_sum:WeightedSumParams",
    summary="Late: the weighted sum of scores, normalized by min-max, z-score, DBSF and others.",
    produces=("late",),
)

COMB_SUM = ComponentSpec(
    kind="fusion",
    name="comb-sum",
    target="chiasm_plugins.fusions.comb:CombSumFusion",
    params="chiasm_plugins.fusions.comb:CombParams",
    summary="Late: CombSUM, the sum of normalized scores (Fox and Shaw 1994).",
    produces=("late",),
)

COMB_MNZ = ComponentSpec(
    kind="fusion",
    name="comb-mnz",
    target="chiasm_plugins.fusions.comb:CombMnzFusion",
    params="chiasm_plugins.fusions.comb:CombParams",
    summary="Late: CombMNZ, CombSUM times the number of sources that found it (Fox and Shaw 1994).",
    produces=("late",),
)

BORDA = ComponentSpec(
    kind="fusion",
    name="borda",
    target="chiasm_plugins.fusions.borda:BordaFusion",
    params="chiasm_plugins.fusions.borda:BordaParams",
    summary="Late: Borda count, in which each source votes (Aslam and Montague 2001).",
    produces=("late",),
)

ISR = ComponentSpec(
    kind="fusion",
    name="isr",
    target="chiasm_plugins.fusions.isr:IsrFusion",
    params="chiasm_plugins.fusions.isr:IsrParams",
    summary="Late: inverse square ranks (Mourao et al. 2015), in the store where it can.",
    produces=("late",),
)

PRODUCT = ComponentSpec(
    kind="fusion",
    name="product",
    target="chiasm_plugins.fusions.product:ProductFusion",
    params="chiasm_plugins.fusions.product:ProductParams",
    summary="Late: product of experts, the sources' probabilities multiplied (Hinton 1999).",
    produces=("late",),
)

JOINT_PLUS_PARTS = ComponentSpec(
    kind="fusion",
    name="joint-plus-parts",
    target="chiasm_plugins.fusions.joint_plus_parts:JointPlusPartsFusion",
    params="chiasm_plugins.fusions.joint_plus_parts:JointPlusPartsParams",
    summary="Hybrid: a fused vector and each field's own rank all documents, and are joined late.",
    produces=("early", "late"),
)

CASCADE = ComponentSpec(
    kind="fusion",
    name="cascade",
    target="chiasm_plugins.fusions.cascade:CascadeFusion",
    params="chiasm_plugins.fusions.cascade:CascadeParams",
    summary="Hybrid: a fused vector finds candidates, and each field's own vectors rank them.",
    produces=("early", "late"),
)

LEARNED = ComponentSpec(
    kind="fusion",
    name="learned",
    target="chiasm_plugins.fusions.learned:LearnedFusion",
    params="chiasm_plugins.fusions.learned_params:LearnedParams",
    summary="Late: logistic regression or gradient boosting over scores and ranks, from judged queries.",
    produces=("late",),
    requires=("safetensors",),
    install_hint=FUSION_HINT,
)


@hookimpl
def chiasm_components() -> Sequence[ComponentSpec]:
    """Return the fusions of this distribution."""
    early = (WEIGHTED_MEAN, CONCAT, TENSOR, CCA, GATED, ATTENTION, LOW_RANK_TENSOR, CROSS_ATTENTION)
    late = (RRF, WEIGHTED_SUM, COMB_SUM, COMB_MNZ, BORDA, ISR, PRODUCT, LEARNED)
    return early + late + (JOINT_PLUS_PARTS, CASCADE)
