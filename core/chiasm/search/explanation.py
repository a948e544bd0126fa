"""How a search went: what each leg and stage did, where, and how long it took."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LegTrace:
    """What a leg did.

    Attributes:
        name: ``"modality:encoder"``.
        vector_name: The stored vectors that it was compared with.
        via: Translator of the query; empty where there was none.
        heard: What the translator made of it, where that is a text.
        without: Parts of the query that were subtracted from its vector.
        weight: How much it counted beside the others.
        summed: Legs that it is the sum of; empty where it is one.
        fields: Fields that were searched.
        documents: Documents that it ranked.
        seconds: Spent on its query vector.
    """

    name: str
    vector_name: str
    via: str
    heard: str
    fields: tuple[str, ...]
    documents: int
    seconds: float
    without: tuple[str, ...] = ()
    weight: float = 1.0
    summed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StageTrace:
    """What a stage after the search did.

    Attributes:
        name: ``"fold"``, ``"diversity"``, ``"group"`` or a reranker's name.
        done: In words.
        seconds: Spent in it.
    """

    name: str
    done: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Explanation:
    """How hits were found.

    Attributes:
        legs: What each leg did.
        fusion: How the legs were joined; empty with a single leg.
        store: Where the vectors are.
        encode_seconds: Spent on query vectors, translation included.
        store_seconds: Spent in the store.
        seconds: From start to end.
        where: Where the legs were joined, ``"chiasm"`` or ``"store"``, and why.
        stages: What was done with the documents that were found.
    """

    legs: tuple[LegTrace, ...]
    fusion: str
    store: str
    encode_seconds: float
    store_seconds: float
    seconds: float
    where: str = "in chiasm"
    stages: tuple[StageTrace, ...] = ()

    def __str__(self) -> str:
        lines = []
        for leg in self.legs:
            way = f" = {' + '.join(leg.summed)}" if leg.summed else ""
            way += f" through {leg.via}" if leg.via else ""
            way += f" without {' and '.join(leg.without)}" if leg.without else ""
            way += f" x {leg.weight:g}" if leg.weight != 1 else ""
            lines.append(f"{leg.name}{way} -> {leg.vector_name} ({', '.join(leg.fields)}): {leg.documents} documents")
            if leg.heard:
                lines.append(f"  heard: {leg.heard}")
        lines.append(f"joined by {self.fusion}, {self.where}" if self.fusion else "one leg, nothing to join")
        lines += [f"{stage.name}: {stage.done} ({stage.seconds * 1000:.1f} ms)" for stage in self.stages]
        lines.append(
            f"encoding {self.encode_seconds * 1000:.1f} ms, store {self.store_seconds * 1000:.1f} ms, "
            f"all {self.seconds * 1000:.1f} ms"
        )
        return "\n".join(lines)
