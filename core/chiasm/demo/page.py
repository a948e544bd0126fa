"""The report of the demonstration: one HTML page that needs no other file and no network."""

from __future__ import annotations

import io
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chiasm.demo.films import FILMS
from chiasm.demo.photographs import PHOTO_FILES
from chiasm.media.audio import Audio
from chiasm.report.embed import Embedder, EmbedLimits, data_uri
from chiasm.report.fragment import templates
from chiasm.report.views import KINDS, HitView, view_of
from chiasm.version import __version__

if TYPE_CHECKING:
    from chiasm.demo.running import DemoResult, Outcome


@dataclass(frozen=True, slots=True)
class SearchView:
    """A search and its hits, ready for the template.

    Attributes:
        number: From 1.
        title: What crosses what.
        verdict: What came of it.
        tone: ``"right"``, ``"near"`` or ``"wrong"``.
        expected: Stem of the document that should come first.
        why: What makes it the right one.
        text: Words of the query.
        picture: Picture of the query, as a data URI.
        sound: Recording of the query, as a data URI.
        spoken: What is said in it.
        heard: What was understood of it.
        conditions: What the search was narrowed to.
        best: The first hit; ``None`` when nothing was found.
        others: The hits after it.
        explain: How the hits were found.
        milliseconds: What the search took.
    """

    number: int
    title: str
    verdict: str
    tone: str
    expected: str
    why: str
    text: str
    picture: str | None
    sound: str | None
    spoken: str
    heard: str
    conditions: tuple[str, ...]
    best: HitView | None
    others: tuple[HitView, ...]
    explain: str
    milliseconds: int


def write_page(result: DemoResult) -> None:
    """Write the report to ``result.page``."""
    embedder = Embedder(EmbedLimits(side=560))
    searches = [_search_view(at, outcome, embedder) for at, outcome in enumerate(result.outcomes, start=1)]
    page = templates("chiasm.demo").get_template("demo.html.j2")
    times = sorted(search.milliseconds for search in searches)
    result.page.write_text(
        page.render(
            searches=searches,
            right=result.right,
            run=result.run,
            counts=_counts(result),
            median=times[len(times) // 2],
            credits=_credits(),
            version=__version__,
        ),
        encoding="utf-8",
    )


def _search_view(number: int, outcome: Outcome, embedder: Embedder) -> SearchView:
    search, hits = outcome.search, outcome.hits
    views = [view_of(rank, hit, embedder, playable=rank == 1) for rank, hit in enumerate(hits, start=1)]
    conditions = [f"among documents with {KINDS.get(search.modality, search.modality)}s"] if search.modality else []
    conditions += [search.where] if search.where else []
    tone = "right" if outcome.is_right else "near" if outcome.rank else "wrong"
    return SearchView(
        number=number,
        title=search.title,
        verdict=outcome.verdict,
        tone=tone,
        expected=search.expected.rpartition("/")[2],
        why=search.why,
        text=search.text or "",
        picture=embedder.pixels(outcome.picture) if outcome.picture is not None else None,
        sound=_recording(outcome.sound) if outcome.sound else None,
        spoken=search.spoken or "",
        heard=next((leg.heard for leg in hits.explain.legs if leg.heard), ""),
        conditions=tuple(conditions),
        best=views[0] if views else None,
        others=tuple(views[1:]),
        explain=str(hits.explain),
        milliseconds=round(hits.explain.seconds * 1000),
    )


def _recording(sound: Audio) -> str:
    import soundfile

    stream = io.BytesIO()
    soundfile.write(stream, sound.samples, sound.rate, format="FLAC")
    return data_uri("audio/flac", stream.getvalue())


def _counts(result: DemoResult) -> list[tuple[int, str]]:
    """Return how many documents there are of each kind."""
    kinds = Counter(path.parent.name for path in result.folder.glob("*/*") if path.suffix != ".json")
    # A note beside a photograph is part of its document.
    kinds["photos"] = len(PHOTO_FILES)
    return [(kinds[name], name) for name in ("photos", "recordings", "videos", "texts")]


def _credits() -> list[str]:
    """Return who made the pictures, each once."""
    shown = [photo.photograph for photo in PHOTO_FILES] + [slide.photograph for film in FILMS for slide in film.slides]
    return list(dict.fromkeys(photograph.credit for photograph in shown))
