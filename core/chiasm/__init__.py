"""chiasm: text, image, audio and video cross. Plugins composed into pipelines over Qdrant.

Names are imported on first use, so that ``import chiasm`` stays light.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from chiasm.config import Encode, Fuse, Translate, Use, encode, fuse, translate, use
    from chiasm.errors import ChiasmError
    from chiasm.filter_builder import F
    from chiasm.fusion.by_name import early_fusion, late_fusion
    from chiasm.media import Document, Item, Limits
    from chiasm.pipeline import Pipeline
    from chiasm.plan import Plan
    from chiasm.run.report import Progress, RunReport
    from chiasm.search import Hit, Hits
    from chiasm.space import EmbeddingSpace
    from chiasm.version import __version__

_HOMES = {
    "ChiasmError": "chiasm.errors",
    "Document": "chiasm.media",
    "EmbeddingSpace": "chiasm.space",
    "Encode": "chiasm.config",
    "F": "chiasm.filter_builder",
    "Fuse": "chiasm.config",
    "Hit": "chiasm.search",
    "Hits": "chiasm.search",
    "Item": "chiasm.media",
    "Limits": "chiasm.media",
    "Pipeline": "chiasm.pipeline",
    "Plan": "chiasm.plan",
    "Progress": "chiasm.run.report",
    "RunReport": "chiasm.run.report",
    "Translate": "chiasm.config",
    "Use": "chiasm.config",
    "__version__": "chiasm.version",
    "early_fusion": "chiasm.fusion.by_name",
    "encode": "chiasm.config",
    "fuse": "chiasm.config",
    "late_fusion": "chiasm.fusion.by_name",
    "translate": "chiasm.config",
    "use": "chiasm.config",
}

__all__ = [
    "ChiasmError",
    "Document",
    "EmbeddingSpace",
    "Encode",
    "F",
    "Fuse",
    "Hit",
    "Hits",
    "Item",
    "Limits",
    "Pipeline",
    "Plan",
    "Progress",
    "RunReport",
    "Translate",
    "Use",
    "__version__",
    "early_fusion",
    "encode",
    "fuse",
    "late_fusion",
    "translate",
    "use",
]


def __getattr__(name: str) -> Any:  # noqa: ANN401
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'chiasm' has no attribute {name!r}")
    return getattr(import_module(home), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
