"""What the built-in hybrid fusions have in common: an early and a late fusion, each by name."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, TypeVar

from pydantic import Field

from chiasm.contracts import PART, Component, EarlyFusion, HybridFusion, LateFusion, Params
from chiasm.errors import ConfigError
from chiasm_plugins.fusions.rrf import RrfFusion, RrfParams
from chiasm_plugins.fusions.weighted_mean import WeightedMeanFusion, WeightedMeanParams
from chiasm_plugins.fusions.weights import Weights, require_known_names


class HybridParams(Params):
    """Params of every built-in hybrid fusion."""

    early: str | None = Field(
        None,
        description="Name of the component that makes the joint vector; weighted-mean with equal weights by default.",
        json_schema_extra=PART,
    )
    late: str | None = Field(
        None, description="Name of the component that joins the rankings; rrf by default.", json_schema_extra=PART
    )
    weights: Weights = Field(
        default_factory=dict, description="How much each field's ranking counts, the joint one's too; 1 by default."
    )


H = TypeVar("H", bound=HybridParams)


class PairedFusion(HybridFusion[H]):
    """A hybrid fusion of two components, an early and a late fusion, by name."""

    def __init__(self, params: H, parts: Mapping[str, Component[Any]] | None = None) -> None:
        super().__init__(params, parts)
        early = self.parts.get("early") or WeightedMeanFusion(WeightedMeanParams())
        late = self.parts.get("late") or RrfFusion(RrfParams())
        if not isinstance(early, EarlyFusion):
            raise ConfigError(f"'early' names {params.early!r}, which is no early fusion", where=type(self).__name__)
        if not isinstance(late, LateFusion):
            raise ConfigError(f"'late' names {params.late!r}, which is no late fusion", where=type(self).__name__)
        self._early: EarlyFusion[Any] = early
        self._late: LateFusion[Any] = late

    @property
    def early(self) -> EarlyFusion[Any]:
        """The component ``early``."""
        return self._early

    @property
    def late(self) -> LateFusion[Any]:
        """The component ``late``."""
        return self._late

    def weight(self, field: str) -> float:
        """Return the weight of a field's ranking."""
        return self.params.weights.get(field, 1.0)

    def check(self, fields: Collection[str]) -> None:
        """Refuse weights of other fields than these; see ``HybridFusion.check``."""
        require_known_names(self.params.weights, fields, "field", type(self).__name__)
