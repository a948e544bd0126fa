"""Contract tests for plugins: subclass one, give the fixture ``component``, and pytest does the rest.

    import pytest
    from chiasm.testing import EncoderContract
    from acme_colours.encoder import ColourEncoder
    from acme_colours.params import ColourParams

    class TestColourEncoder(EncoderContract):
        @pytest.fixture
        def component(self):
            return ColourEncoder(ColourParams())

The tests cannot be overridden. One that a component cannot pass is declared, with the reason, and has to fail:

        expected_failures = {"test_another_process_gives_the_same_vectors": "the model samples at random"}

``chiasm plugins check NAME`` runs the same tests without pytest.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from chiasm.testing.contract import Contract, ContractBroken, ContractMisused
    from chiasm.testing.early_fusion import EarlyFusionContract
    from chiasm.testing.encoder import EncoderContract
    from chiasm.testing.engine import EngineContract
    from chiasm.testing.hybrid_fusion import HybridFusionContract
    from chiasm.testing.late_fusion import LateFusionContract
    from chiasm.testing.loader import LoaderContract
    from chiasm.testing.plugin import PluginContract
    from chiasm.testing.reranker import RerankerContract
    from chiasm.testing.store import StoreContract
    from chiasm.testing.translator import TranslatorContract

_HOMES = {
    "Contract": "contract",
    "ContractBroken": "contract",
    "ContractMisused": "contract",
    "EarlyFusionContract": "early_fusion",
    "EncoderContract": "encoder",
    "EngineContract": "engine",
    "HybridFusionContract": "hybrid_fusion",
    "LateFusionContract": "late_fusion",
    "LoaderContract": "loader",
    "PluginContract": "plugin",
    "RerankerContract": "reranker",
    "StoreContract": "store",
    "TranslatorContract": "translator",
}

__all__ = [
    "Contract",
    "ContractBroken",
    "ContractMisused",
    "EarlyFusionContract",
    "EncoderContract",
    "EngineContract",
    "HybridFusionContract",
    "LateFusionContract",
    "LoaderContract",
    "PluginContract",
    "RerankerContract",
    "StoreContract",
    "TranslatorContract",
]


def __getattr__(name: str) -> Any:  # noqa: ANN401
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'chiasm.testing' has no attribute {name!r}")
    return getattr(import_module(f"chiasm.testing.{home}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
