"""From the parts of a query to its legs: what goes into one vector, and what is compared apart."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from chiasm.errors import QueryError
from chiasm.plan.model import Plan
from chiasm.search.blending import Weighted, blend
from chiasm.search.examples import Examples
from chiasm.search.leg import Leg
from chiasm.search.legs import QueryEncoder
from chiasm.search.query import EXCLUDE, LIKE, UNLIKE, Query

Compose = Literal["vectors", "rankings"]


class Composer:
    """Makes the legs of a query.

    Args:
        plan: The plan.
        encoder: Encodes its items.
        examples: Finds the vectors of examples.
        compose: Whether parts that fall into one space are added up to one vector (``"vectors"``), or each ranks by
            itself and the late fusion joins them (``"rankings"``).
    """

    def __init__(self, plan: Plan, encoder: QueryEncoder, examples: Examples, compose: Compose) -> None:
        self._plan = plan
        self._encoder = encoder
        self._examples = examples
        self._compose = compose

    def legs(self, query: Query) -> list[Leg]:
        """Return the legs of a query, best known first: its own items, then what it should be like.

        Raises:
            QueryError: The plan has no way from a part to a vector, an id is unknown, or parts contradict each other.
            MediaError, TranslationError, EncodingError: An item cannot be read, translated or encoded.
        """
        legs = self._encoder.legs(query.items) if query.items else []
        if query.like:
            legs += self._legs_of_examples(query)
        if not (query.weights or query.like or query.unlike or query.exclude) and len(query.items) == 1:
            return legs
        legs = [replace(leg, weight=_mean_weight(leg.parts, query)) for leg in legs]
        if self._compose == "vectors":
            legs = [self._joined(group, query) for group in _by_vector_name(legs).values()]
        if query.unlike or query.exclude:
            legs = self._without(legs, query)
        return legs

    def _legs_of_examples(self, query: Query) -> list[Leg]:
        started = time.perf_counter()
        vectors = self._examples.mean(query.like, LIKE)
        searched = {name: vector for name, vector in vectors.items() if self._plan.fields_in(name)}
        seconds = (time.perf_counter() - started) / max(1, len(searched))
        return [Leg(f"{LIKE}:{name}", (LIKE,), name, vector, seconds=seconds) for name, vector in searched.items()]

    def _joined(self, legs: Sequence[Leg], query: Query) -> Leg:
        """Return one leg for those of one space; a part that has several of them counts once."""
        first, *others = legs
        if not others:
            return first
        parts = tuple(dict.fromkeys(part for leg in legs for part in leg.parts))
        legs_of = {part: sum(part in leg.parts for leg in legs) for part in parts}
        weighted: list[Weighted] = [
            (sum(query.weight(part) / legs_of[part] for part in leg.parts), leg.vector) for leg in legs
        ]
        name = f"{'+'.join(parts)}:{first.vector_name}"
        return replace(
            first,
            name=name,
            parts=parts,
            vector=blend(weighted, (), self._plan.spaces[first.vector_name], name),
            via=", ".join(dict.fromkeys(leg.via for leg in legs if leg.via)),
            heard=" ".join(dict.fromkeys(leg.heard for leg in legs if leg.heard)),
            summed=tuple(leg.name for leg in legs),
            weight=_mean_weight(parts, query),
            seconds=sum(leg.seconds for leg in legs),
        )

    def _without(self, legs: Sequence[Leg], query: Query) -> list[Leg]:
        unwanted = self._unwanted(query)
        done = []
        for leg in legs:
            space = self._plan.spaces[leg.vector_name]
            here = [each for each in unwanted if each.vector_name == leg.vector_name]
            if not here or space.kind == "multi":
                done.append(leg)
                continue
            vector = blend([(1.0, leg.vector)], [(each.weight, each.vector) for each in here], space, leg.name)
            done.append(replace(leg, vector=vector, without=tuple(dict.fromkeys(each.parts[0] for each in here))))
        if not any(leg.without for leg in done):
            raise _not_comparable(legs, unwanted, self._plan)
        return done

    def _unwanted(self, query: Query) -> list[Leg]:
        means = self._examples.mean(query.unlike, UNLIKE) if query.unlike else {}
        found = [Leg(UNLIKE, (UNLIKE,), name, vector, weight=query.weight(UNLIKE)) for name, vector in means.items()]
        # Exclusions are not of one kind, as examples are, so each is subtracted by itself; by the root of their number
        # less, since sums of directions that have nothing in common grow with the root.
        share = query.weight(EXCLUDE) / math.sqrt(max(1, len(query.exclude)))
        for item in query.exclude:
            legs = self._encoder.legs({item.modality: item})
            found += [replace(leg, parts=(EXCLUDE,), weight=share) for leg in legs]
        return found


def _mean_weight(parts: Sequence[str], query: Query) -> float:
    return sum(query.weight(part) for part in parts) / len(parts)


def _by_vector_name(legs: Sequence[Leg]) -> dict[str, list[Leg]]:
    groups: dict[str, list[Leg]] = {}
    for leg in legs:
        groups.setdefault(leg.vector_name, []).append(leg)
    return groups


def _not_comparable(legs: Sequence[Leg], unwanted: Sequence[Leg], plan: Plan) -> QueryError:
    parts = " and ".join(dict.fromkeys(f"'{each.parts[0]}'" for each in unwanted))
    here = ", ".join(dict.fromkeys(leg.vector_name for leg in legs))
    there = ", ".join(dict.fromkeys(each.vector_name for each in unwanted))
    if all(plan.spaces[leg.vector_name].kind == "multi" for leg in legs):
        return QueryError(f"nothing can be subtracted from vectors of tokens ({here}), so {parts} has no effect")
    return QueryError(
        f"{parts} cannot be subtracted: the query is searched in {here}, and that gives vectors in {there}",
        fix="Say it in a modality that shares a space with the query; 'chiasm plan' shows them.",
    )
