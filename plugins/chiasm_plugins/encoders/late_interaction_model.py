"""What a folder says of a late-interaction model: its projection, its markers, how it treats queries."""

from __future__ import annotations

from dataclasses import dataclass

from chiasm_plugins.encoders.hub import ModelFiles

COLBERT_DIM = 128
"""Dimensions of ColBERT's vectors, which its configuration does not tell (Khattab and Zaharia, SIGIR 2020)."""


@dataclass(frozen=True, slots=True)
class LateInteractionModel:
    """How a model makes token vectors.

    Attributes:
        dim: Dimensions of a token's vector; ``None`` where the configuration does not tell.
        hidden: Dimensions before the projection.
        projection: File of the projection's weights within the folder; empty where there is no projection.
        query_marker: Token before a query's words; empty for none.
        document_marker: Token before a document's words; empty for none.
        expands: Whether short queries are filled up with mask tokens, whose vectors count.
        skips_punctuation: Whether a document's punctuation gets no vectors.
    """

    dim: int | None
    hidden: int
    projection: str
    query_marker: str
    document_marker: str
    expands: bool
    skips_punctuation: bool


def read_model(files: ModelFiles) -> LateInteractionModel:
    """Return what the configuration files say: of ColBERT, of PyLate, or of a plain transformer.

    Raises:
        ModelUnavailable: They cannot be read.
    """
    config = files.read_config()
    hidden = int(config.get("hidden_size") or config.get("dim") or 0)
    if any("colbert" in str(name).lower() for name in config.get("architectures") or ()):
        return LateInteractionModel(
            int(config.get("colbert_dim") or COLBERT_DIM), hidden, "model.safetensors",
            "[unused0]", "[unused1]", expands=True, skips_punctuation=True,
        )  # fmt: skip
    if files.find("1_Dense/config.json") is not None:
        own = files.read_config("config_sentence_transformers.json")
        return LateInteractionModel(
            int(files.read_config("1_Dense/config.json")["out_features"]), hidden, "1_Dense/model.safetensors",
            str(own.get("query_prefix") or "").strip(), str(own.get("document_prefix") or "").strip(),
            expands=bool(own.get("do_query_expansion", True)), skips_punctuation=bool(own.get("skiplist_words")),
        )  # fmt: skip
    return LateInteractionModel(hidden or None, hidden, "", "", "", expands=False, skips_punctuation=False)
