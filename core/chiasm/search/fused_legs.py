"""Legs into spaces of fused vectors, which no encoder reaches by itself: the query is fused as documents are."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from chiasm.contracts.encoder import Dense, SparseVector
from chiasm.fusion.documents import fuse_documents
from chiasm.plan.model import FuseStep, Plan
from chiasm.run.loading import Loading
from chiasm.search.leg import Leg


@dataclass(frozen=True, slots=True)
class FusedLegs:
    """Fuses the vectors of a query.

    Attributes:
        plan: The plan.
        loading: Loads trained fusions on first use.
    """

    plan: Plan
    loading: Loading

    def legs(self, legs: Sequence[Leg]) -> list[Leg]:
        """Return a leg for each fused space of its own that the legs of a query give a field of.

        A field that the query has nothing for is missing, and treated as it is in documents. A query of words is the
        text and the transcript alike, where both are fused.
        """
        encoded = {step.vector for step in self.plan.encodings}
        steps = [step for step in self.plan.fusions if step.vector not in encoded]
        return [leg for step in steps if (leg := self._leg(step, legs)) is not None]

    def _leg(self, step: FuseStep, legs: Sequence[Leg]) -> Leg | None:
        started = time.perf_counter()
        given: dict[str, Leg] = {}
        for field, name in step.inputs.items():
            modality = self.plan.fields[field]
            fitting = [leg for leg in legs if leg.vector_name == name and leg.encoded == modality]
            if fitting:
                given[field] = fitting[0]
        if not given:
            return None
        self.loading.ensure(step.fusion)
        vectors: dict[str, Dense] = {}
        for field, leg in given.items():
            assert not isinstance(leg.vector, SparseVector)
            vectors[field] = np.atleast_2d(leg.vector) if step.fusion.sequences else leg.vector
        parts = tuple(dict.fromkeys(part for leg in given.values() for part in leg.parts))
        return Leg(
            name=f"{'+'.join(parts)}:{step.target}",
            parts=parts,
            vector_name=step.vector,
            vector=fuse_documents(step, self.plan.spaces, [vectors])[0],
            encoded="fused",
            via=", ".join(dict.fromkeys(leg.via for leg in given.values() if leg.via)),
            seconds=time.perf_counter() - started,
        )
