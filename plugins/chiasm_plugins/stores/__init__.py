"""The built-in stores, described; their code is imported when a pipeline uses them."""

from __future__ import annotations

from collections.abc import Sequence

from chiasm_registry import ComponentSpec, hookimpl

_HERE = "chiasm_plugins.stores"

QDRANT_EDGE = ComponentSpec(
    kind="store",
    name="qdrant-edge",
    target=f"{_HERE}.edge:EdgeStore",
    params=f"{_HERE}.edge_params:EdgeParams",
    summary="Qdrant's engine inside this process, in a folder; no server.",
    requires=("qdrant_edge",),
    install_hint="pip install chiasm",
)

QDRANT = ComponentSpec(
    kind="store",
    name="qdrant",
    target=f"{_HERE}.client:QdrantStore",
    params=f"{_HERE}.client_params:QdrantParams",
    summary="A Qdrant server or cluster by URL; in memory or in a folder for small trials.",
    requires=("qdrant_client", "tenacity"),
    install_hint="pip install 'chiasm[server]'",
)


@hookimpl
def chiasm_components() -> Sequence[ComponentSpec]:
    """Return the stores of this distribution."""
    return (QDRANT_EDGE, QDRANT)
