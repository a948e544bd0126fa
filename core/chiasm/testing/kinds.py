"""Which contract belongs to a component's kind."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from chiasm.contracts.component import Component
from chiasm.testing.contract import Contract, ContractMisused
from chiasm_registry import ComponentSpec
from chiasm_registry.errors import nearest_names

CONTRACTS = {
    "encoder": "Encoder",
    "early-fusion": "EarlyFusion",
    "late-fusion": "LateFusion",
    "hybrid-fusion": "HybridFusion",
    "translator": "Translator",
    "store": "Store",
    "loader": "Loader",
    "reranker": "Reranker",
    "engine": "Engine",
}
"""Name of the contract by kind, fusions by the stage that their spec lists under ``produces``."""


def kind_of(spec: ComponentSpec) -> str:
    """Return a spec's key in ``CONTRACTS``.

    Raises:
        ContractMisused: Its kind is unknown, or it is a fusion that names no stage.
    """
    if spec.kind == "fusion":
        stages = [stage for stage in ("early", "late") if stage in spec.produces]
        if not stages:
            raise ContractMisused(
                f"fusion {spec.name!r} does not say its stage",
                fix="produces=('early',), ('late',), or both for a hybrid.",
            )
        return f"{stages[0]}-fusion" if len(stages) == 1 else "hybrid-fusion"
    if spec.kind not in CONTRACTS:
        raise ContractMisused(f"there is no kind {spec.kind!r}", nearest=nearest_names(spec.kind, CONTRACTS))
    return spec.kind


def contract_of(spec: ComponentSpec) -> tuple[type[Component[Any]], type[Contract]]:
    """Return the abstract class that a component derives from, and the contract that tests it.

    Raises:
        ContractMisused: As ``kind_of`` does.
    """
    name = CONTRACTS[kind_of(spec)]
    contracts, testing = import_module("chiasm.contracts"), import_module("chiasm.testing")
    return getattr(contracts, name), getattr(testing, f"{name}Contract")
