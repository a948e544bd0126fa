"""What a fused query asks for, checked: the options of its fusion and the number of its results."""

from __future__ import annotations

from chiasm.contracts import FusedQuery
from chiasm.errors import QueryError, nearest_names

_QDRANT_K = 2
"""What Qdrant takes when no ``k`` is given."""


def rrf_options(query: FusedQuery, where: str) -> tuple[int, list[float] | None]:
    """Return ``k`` and the sources' weights in their order, as Qdrant means them.

    A point's score is the sum over sources of ``1 / (k - 1 + rank / weight)``, ranks starting at 1; so ``k`` is one
    more than in Cormack, Clarke and Buettcher (SIGIR 2009), and a weight divides the rank.

    Raises:
        QueryError: ``k`` is below 1, or a weight is negative or for a source that the query does not have.
    """
    k = query.fusion.options.get("k", _QDRANT_K)
    if not isinstance(k, int) or k < 1:
        raise QueryError(f"RRF needs a whole number from 1 as its k, not {k!r}", where=where)
    weights = query.fusion.options.get("weights")
    if not weights:
        return k, None
    for source, weight in weights.items():
        if source not in query.sources:
            raise QueryError(
                f"RRF has a weight for {source!r}, which is no source of the query",
                where=where,
                nearest=nearest_names(source, query.sources),
            )
        if not weight >= 0:
            raise QueryError(f"RRF weights are 0 or more, not {weight!r}", where=where)
    return k, [float(weights.get(source, 1.0)) for source in query.sources]


def positive(limit: int, where: str) -> int:
    """Return ``limit``.

    Raises:
        QueryError: It is below 1.
    """
    if limit < 1:
        raise QueryError(f"a limit of {limit} finds nothing", where=where)
    return limit
