"""Rerankers: a query and candidates in, scores out."""

from __future__ import annotations

from collections.abc import Sequence

from chiasm_registry import ComponentSpec, hookimpl

CROSS_ENCODER = ComponentSpec(
    kind="reranker",
    name="cross-encoder",
    target="chiasm_plugins.rerankers.cross_encoder:CrossEncoderReranker",
    params="chiasm_plugins.rerankers.cross_encoder_params:CrossEncoderParams",
    summary="Texts, each read together with the query by a sentence-transformers cross-encoder.",
    consumes=("text",),
    requires=("sentence_transformers", "torch"),
    install_hint="pip install 'chiasm[text]'",
)


@hookimpl
def chiasm_components() -> Sequence[ComponentSpec]:
    """Return the rerankers of this distribution."""
    return (CROSS_ENCODER,)
