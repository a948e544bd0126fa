"""The contract of hybrid fusions: their two halves keep their own contracts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from chiasm.contracts import EarlyFusion, HybridFusion, LateFusion
from chiasm.space import EmbeddingSpace
from chiasm.testing.component import MovableContract
from chiasm.testing.contract import Contract, ContractBroken, expect
from chiasm.testing.early_fusion import EarlyFusionContract
from chiasm.testing.late_fusion import LateFusionContract
from chiasm.testing.running import run_contract


class HybridFusionContract(MovableContract):
    """Tests of a hybrid fusion.

    Attributes:
        inputs: Space of each field that the early half is tested with.
    """

    inputs: ClassVar[Mapping[str, EmbeddingSpace]] = EarlyFusionContract.inputs

    def test_its_halves_are_fusions_and_stay_the_same(self, component: HybridFusion[Any]) -> None:
        """One for before indexing, one for after search."""
        expect(isinstance(component.early, EarlyFusion), f"early is {type(component.early).__name__}")
        expect(isinstance(component.late, LateFusion), f"late is {type(component.late).__name__}")
        expect(component.early is component.early, "early is another object each time; what it was told is lost")
        expect(component.late.params == component.late.params, "late has other params each time")

    def test_its_early_half_keeps_the_contract(self, component: HybridFusion[Any]) -> None:
        """Every test of ``EarlyFusionContract``."""
        contract = type("_Early", (EarlyFusionContract,), {"inputs": self.inputs, "__module__": __name__})
        _run(contract(), component.early)

    def test_its_late_half_keeps_the_contract(self, component: HybridFusion[Any]) -> None:
        """Every test of ``LateFusionContract``."""
        _run(LateFusionContract(), component.late)


def _run(contract: Contract, half: Any) -> None:  # noqa: ANN401
    failed = [each for each in run_contract(contract, half) if each.verdict == "failed"]
    if failed:
        raise ContractBroken("; ".join(f"{each.title}: {each.message}" for each in failed))
