"""Encoders: items in, vectors out."""

from __future__ import annotations

from chiasm_registry.hooks import hookimpl
from chiasm_registry.spec import ComponentSpec

_HERE = "chiasm_plugins.encoders"


@hookimpl
def chiasm_components() -> list[ComponentSpec]:
    """Return the built-in encoders."""
    return [
        ComponentSpec(
            kind="encoder",
            name="sentence-transformer",
            target=f"{_HERE}.sentence_transformer:SentenceTransformerEncoder",
            params=f"{_HERE}.sentence_transformer_params:SentenceTransformerParams",
            summary="Text, by any sentence-transformers model: hub id, folder or packaged.",
            consumes=("text",),
            produces=("dense",),
            requires=("tokenizers", "torch", "transformers"),
            install_hint="pip install 'chiasm[text]'",
        ),
        ComponentSpec(
            kind="encoder",
            name="clip",
            target=f"{_HERE}.clip:ClipEncoder",
            params=f"{_HERE}.clip_params:ClipParams",
            summary="Text and images in one space: CLIP, SigLIP, SigLIP 2 and kin.",
            consumes=("text", "image"),
            produces=("dense",),
            requires=("torch", "transformers"),
            install_hint="pip install 'chiasm[vision]'",
        ),
        ComponentSpec(
            kind="encoder",
            name="clap",
            target=f"{_HERE}.clap:ClapEncoder",
            params=f"{_HERE}.clap_params:ClapParams",
            summary="Text and sound in one space: CLAP.",
            consumes=("text", "audio"),
            produces=("dense",),
            requires=("torch", "transformers", "soxr"),
            install_hint="pip install 'chiasm[audio]'",
        ),
        ComponentSpec(
            kind="encoder",
            name="conse",
            target=f"{_HERE}.conse:ConseEncoder",
            params=f"{_HERE}.conse_params:ConseParams",
            summary="Images in the space of words, by the names of what an image classifier sees.",
            consumes=("image",),
            produces=("dense",),
            requires=("torch",),
            install_hint="pip install 'chiasm[vision]'",
        ),
        ComponentSpec(
            kind="encoder",
            name="late-interaction",
            target=f"{_HERE}.late_interaction:LateInteractionEncoder",
            params=f"{_HERE}.late_interaction_params:LateInteractionParams",
            summary="Text, a vector for each token (ColBERT, PyLate), compared by MaxSim.",
            consumes=("text",),
            produces=("multi",),
            requires=("tokenizers", "torch", "transformers"),
            install_hint="pip install 'chiasm[text]'",
        ),
        ComponentSpec(
            kind="encoder",
            name="bm25",
            target=f"{_HERE}.bm25:Bm25Encoder",
            params=f"{_HERE}.bm25_params:Bm25Params",
            summary="Text by its words, weighted as BM25 does; sparse, no model.",
            consumes=("text",),
            produces=("sparse",),
            requires=("qdrant_edge",),
            install_hint="pip install qdrant-edge-py",
        ),
    ]
