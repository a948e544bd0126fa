"""Plans: what a pipeline will do, checked before anything is loaded."""

from chiasm.plan.build import build_plan
from chiasm.plan.model import EncodeStep, FuseStep, Plan, PlannedComponent, TranslateStep

__all__ = ["EncodeStep", "FuseStep", "Plan", "PlannedComponent", "TranslateStep", "build_plan"]
