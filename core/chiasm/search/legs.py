"""The legs of a search: every way from the query's items, through translators and encoders, to vectors of a space."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chiasm.contracts.encoder import Encoder, Role, SparseVector, Vector, check_vectors
from chiasm.errors import ChiasmError, EncodingError, QueryError
from chiasm.media.item import Item
from chiasm.media.modality import TEXT
from chiasm.plan.model import EncodeStep, Plan
from chiasm.run.loading import Loading
from chiasm.search.fused_legs import FusedLegs
from chiasm.search.leg import Leg


@dataclass(slots=True)
class _Crossing:
    """Items that an encoder can take, made from one of the query's."""

    items: list[Item]
    via: str = ""
    texts: list[str] = field(default_factory=list)


class QueryEncoder:
    """Turns a query's items into legs.

    A modality that the plan encodes is encoded directly; one that the plan translates is translated as documents are.

    Args:
        plan: The plan.
        loading: Loads the encoders and translators that a query needs, and no others.
        steps: The plan's encode steps that are used; those that find candidates when ``None``.
    """

    def __init__(self, plan: Plan, loading: Loading, steps: Sequence[EncodeStep] | None = None) -> None:
        self._plan = plan
        self._loading = loading
        self._steps = plan.encodings if steps is None else steps
        self._fused = FusedLegs(plan, loading)

    @property
    def takes(self) -> frozenset[str]:
        """Modalities that there is a way from to a vector."""
        taken = {each for step in self._steps for each in step.encoder.consumes}
        crossed = {each for step in self._plan.translations if step.translator.target in taken
                   for each in step.translator.sources}  # fmt: skip
        return frozenset(taken | crossed)

    def legs(self, items: Mapping[str, Item], role: Role = "query") -> list[Leg]:
        """Return every leg of a query.

        Args:
            items: By modality.
            role: Whether they are encoded as queries, or as documents are.

        Raises:
            QueryError: The plan has no way from a modality to a vector, or nothing could be made of the query.
            MediaError, TranslationError, EncodingError: An item of the query cannot be read, translated or encoded.
        """
        found: list[Leg] = []
        for modality, item in items.items():
            legs = list(self._legs_of(modality, item, role))
            if not legs:
                raise self._no_way(modality, item)
            found.extend(legs)
        return found + self._fused.legs(found)

    def _legs_of(self, modality: str, item: Item, role: Role) -> Iterator[Leg]:
        seen: set[tuple[str, str]] = set()
        for crossing in self._crossings(modality, item):
            for step in self._steps:
                usable = [each for each in crossing.items if each.modality in step.encoder.consumes]
                if not usable or (step.by.name, crossing.via) in seen:
                    continue
                seen.add((step.by.name, crossing.via))
                yield self._leg(modality, crossing, step, usable, role)

    def _crossings(self, modality: str, item: Item) -> Iterator[_Crossing]:
        yield _Crossing([item])
        for step in self._plan.translations:
            if modality not in step.translator.sources or step.translator.target == modality:
                continue
            self._loading.ensure(step.translator)
            results = list(step.translator.stream(item))
            texts = [each.text() for each in results if each.modality == TEXT]
            if texts:
                # What was heard is one query, not many: its sentences are encoded together.
                yield _Crossing([Item.of_text(" ".join(texts))], step.by.name, texts)
            elif results:
                yield _Crossing(results, step.by.name)

    def _leg(self, modality: str, crossing: _Crossing, step: EncodeStep, items: Sequence[Item], role: Role) -> Leg:
        started = time.perf_counter()
        self._loading.ensure(step.encoder)
        vector = _encode_as_one(step.encoder, items, role, step.by.name)
        return Leg(
            name=f"{modality}:{step.by.name}",
            parts=(modality,),
            vector_name=step.vector,
            vector=vector,
            encoded=items[0].modality,
            via=crossing.via,
            heard=" ".join(crossing.texts),
            seconds=time.perf_counter() - started,
        )

    def _no_way(self, modality: str, item: Item) -> QueryError:
        takes = {each for step in self._steps for each in step.encoder.consumes}
        takes |= {each for step in self._plan.translations for each in step.translator.sources}
        if modality in takes:
            return QueryError(
                f"nothing could be made of the query's {modality}: no words were heard and no pictures seen in it",
                where=item.name,
            )
        return QueryError(
            f"this pipeline cannot be searched by {modality}; it takes {', '.join(sorted(takes))}",
            fix=f"Add an encoder or a translator that takes {modality}.",
        )


def _encode_as_one(encoder: Encoder[Any], items: Sequence[Item], role: Role, where: str) -> Vector:
    """Encode items to one vector: their mean where there are several."""
    try:
        vectors = encoder.encode_prepared([encoder.prepare(item, role) for item in items])
        check_vectors(vectors, len(items), encoder.space, where)
    except ChiasmError:
        raise
    except (Exception, SystemExit) as error:
        raise EncodingError(f"the query cannot be encoded ({type(error).__name__}: {error})", where=where) from error
    first = vectors[0]
    if len(items) == 1 or isinstance(first, SparseVector) or encoder.space.kind != "dense":
        return first
    mean: NDArray[np.float64] = np.asarray(vectors, dtype=np.float64).mean(axis=0)
    norm = float(np.linalg.norm(mean))
    scaled = mean / norm if encoder.space.normalization == "l2" and norm > 0 else mean
    return scaled.astype(np.float32)
