"""What a search gives: hits, best first, and how they were found."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, overload

from chiasm.errors import UnusableComponent
from chiasm.media.span import Span
from chiasm.search.explanation import Explanation, LegTrace, StageTrace

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Beneath", "Explanation", "Hit", "Hits", "Judgement", "LegHit", "LegTrace", "StageTrace"]


@dataclass(frozen=True, slots=True)
class LegHit:
    """How one leg ranked a document.

    Attributes:
        leg: Name of the leg.
        rank: From 1.
        score: In the leg's own terms: cosine, BM25 and so on.
        field: The field that the leg found.
        span: The part of it.
    """

    leg: str
    rank: int
    score: float
    field: str
    span: Span | None


@dataclass(frozen=True, slots=True)
class Beneath:
    """A document that another one stands for.

    Attributes:
        id: The document's.
        score: Its own, as the search gave it.
        similarity: Cosine of the two, where that is why; ``None`` otherwise.
    """

    id: str
    score: float
    similarity: float | None = None


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a reranker said of a document.

    Attributes:
        by: The reranker.
        score: In its own terms.
        rank_before: From 1.
    """

    by: str
    score: float
    rank_before: int


@dataclass(frozen=True, slots=True)
class Hit:
    """A document that was found.

    Attributes:
        id: The document's id.
        title: How people call it.
        path: The file that answers the query; empty where there is none.
        score: Higher is better. With one leg the leg's own score, with several the fused one, and the reranker's
            where one scored the document.
        modality: Modality of that file.
        field: The field that was found, for example ``"transcript"``.
        span: The moment or stretch that answers; ``None`` for the whole.
        text: The text found there, or what was said in the moment; empty where there is none.
        payload: The document's metadata.
        provenance: How the found field was made; empty for what the document brought.
        legs: How each leg ranked it.
        judged: How each reranker scored it.
        folded: Documents that are nearly the same, and that it stands for.
        group: What the documents are grouped by, its value here.
        grouped: Further documents of the same group.
    """

    id: str
    title: str
    path: str
    score: float
    modality: str
    field: str
    span: Span | None
    text: str
    payload: Mapping[str, Any]
    provenance: Mapping[str, Any]
    legs: tuple[LegHit, ...]
    judged: tuple[Judgement, ...] = ()
    folded: tuple[Beneath, ...] = ()
    group: Any = None
    grouped: tuple[Beneath, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return the hit as JSON values."""
        return {
            "id": self.id,
            "title": self.title,
            "path": self.path,
            "score": self.score,
            "modality": self.modality,
            "field": self.field,
            "span": self.span.to_payload() if self.span else None,
            "text": self.text,
            "payload": dict(self.payload),
            "provenance": dict(self.provenance),
            "legs": [
                {
                    "leg": each.leg,
                    "rank": each.rank,
                    "score": each.score,
                    "field": each.field,
                    "span": each.span.to_payload() if each.span else None,
                }
                for each in self.legs
            ],
            "judged": [asdict(each) for each in self.judged],
            "folded": [asdict(each) for each in self.folded],
            "group": self.group,
            "grouped": [asdict(each) for each in self.grouped],
        }


@dataclass(frozen=True, slots=True)
class Hits(Sequence[Hit]):
    """Hits, best first.

    Attributes:
        hits: The hits.
        explain: How they were found.
    """

    hits: tuple[Hit, ...]
    explain: Explanation = field(repr=False)

    def __len__(self) -> int:
        return len(self.hits)

    def __iter__(self) -> Iterator[Hit]:
        return iter(self.hits)

    @overload
    def __getitem__(self, at: int) -> Hit: ...

    @overload
    def __getitem__(self, at: slice) -> tuple[Hit, ...]: ...

    def __getitem__(self, at: int | slice) -> Hit | tuple[Hit, ...]:
        return self.hits[at]

    def to_dicts(self) -> list[dict[str, Any]]:
        """Return the hits as JSON values."""
        return [hit.to_dict() for hit in self.hits]

    def to_pandas(self) -> pd.DataFrame:
        """Return a table with a row for each hit, metadata in columns of their own.

        Raises:
            UnusableComponent: pandas is not installed.
        """
        try:
            import pandas as pd
        except ImportError as error:
            raise UnusableComponent("a table needs pandas", fix="pip install 'chiasm[tables]'") from error
        own = ("id", "title", "path", "score", "modality", "field", "span", "text")
        rows = [{name: getattr(hit, name) for name in own} | dict(hit.payload) for hit in self.hits]
        return pd.DataFrame(rows, columns=None if rows else list(own))

    def _repr_html_(self) -> str:
        from chiasm.report import hits_to_html

        return hits_to_html(self)
