"""What a page shows of a hit, ready for a template."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from chiasm.errors import ChiasmError
from chiasm.media.item import Item
from chiasm.media.modality import AUDIO, IMAGE, VIDEO
from chiasm.media.span import TimeSpan
from chiasm.report.embed import Embedder, item_at
from chiasm.report.waveform import Bar, waveform
from chiasm.search.hits import Hit

TEXT_CHARACTERS = 280
"""Text of a hit that is shown at most."""

KINDS: Mapping[str, str] = {IMAGE: "picture", AUDIO: "recording"}
"""How people call a modality, where it is another word."""


@dataclass(frozen=True, slots=True)
class LegView:
    """How one leg ranked the document.

    Attributes:
        way: What was compared, for example ``"text by words, in transcript"``.
        rank: From 1.
        score: Rounded.
    """

    way: str
    rank: int
    score: str


@dataclass(frozen=True, slots=True)
class HitView:
    """A hit, ready for a template.

    Attributes:
        rank: From 1.
        title: How people call the document.
        path: Its file.
        kind: For people: picture, recording, video, text.
        score: Rounded.
        moment: When, for example ``"0:08-0:16"``; empty for the whole.
        text: What was written or said there, shortened.
        is_speech: Whether the text was spoken.
        thumbnail: Data URI of a picture; ``None`` where there is none to show.
        player: Data URI of a recording or video with the moment; ``None`` where none is to be played.
        bars: Waveform of a recording that has a player.
        is_video: Whether the player shows pictures.
        omitted: Whether a player is missing because the file is gone, unreadable or over the limits.
        legs: How each leg ranked it.
    """

    rank: int
    title: str
    path: str
    kind: str
    score: str
    moment: str
    text: str
    is_speech: bool
    thumbnail: str | None
    player: str | None
    bars: tuple[Bar, ...]
    is_video: bool
    omitted: bool
    legs: tuple[LegView, ...]


def view_of(rank: int, hit: Hit, embedder: Embedder, *, playable: bool = True) -> HitView:
    """Return what a page shows of a hit.

    Args:
        rank: From 1.
        hit: The hit.
        embedder: Makes the data URIs.
        playable: Whether recordings and videos get players, which carry whole files.
    """
    item = item_at(hit.path)
    span = hit.span if isinstance(hit.span, TimeSpan) else None
    timed = hit.modality in {AUDIO, VIDEO}
    player = embedder.media(item, span) if playable and timed and item else None
    return HitView(
        rank=rank,
        title=hit.title,
        path=hit.path,
        kind=KINDS.get(hit.modality, hit.modality),
        score=f"{hit.score:.3f}",
        moment=str(span) if span else "",
        text=_shortened(hit.text),
        is_speech=timed and bool(hit.text),
        thumbnail=_thumbnail(hit, item, span, embedder),
        player=player,
        bars=_bars(item, span) if player and item and hit.modality == AUDIO else (),
        is_video=hit.modality == VIDEO,
        omitted=playable and timed and player is None,
        legs=tuple(LegView(f"{leg.leg} in {leg.field}", leg.rank, f"{leg.score:.3f}") for leg in hit.legs),
    )


def _thumbnail(hit: Hit, item: Item | None, span: TimeSpan | None, embedder: Embedder) -> str | None:
    if item is None:
        return None
    if hit.modality == IMAGE:
        return embedder.picture(item)
    return embedder.frame(item, span) if hit.modality == VIDEO else None


def _bars(item: Item, span: TimeSpan | None) -> tuple[Bar, ...]:
    try:
        return waveform(item.audio(), span)
    except ChiasmError:
        return ()


def _shortened(text: str) -> str:
    """Return the beginning of a text, at the end of a word, with its lines kept and blank ones left out."""
    lines = "\n".join(line for line in (" ".join(each.split()) for each in text.splitlines()) if line)
    if len(lines) <= TEXT_CHARACTERS:
        return lines
    return lines[:TEXT_CHARACTERS].rsplit(maxsplit=1)[0].rstrip(".,;:") + "…"
