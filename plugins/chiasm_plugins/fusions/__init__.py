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

RRF = ComponentSpec(
    kind="fusion",
    name="rrf",
    target="chiasm_plugins.fusions.rrf:RrfFusion",
    params="chiasm_plugins.fusions.rrf:RrfParams",
    summary="Late: reciprocal rank fusion (Cormack et al. 2009), in the store where it can.",
    produces=("late",),
)


@hookimpl
def chiasm_components() -> Sequence[ComponentSpec]:
    """Return the fusions of this distribution."""
    return (WEIGHTED_MEAN, RRF)
