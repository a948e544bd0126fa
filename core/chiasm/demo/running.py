"""The demonstration itself: samples made, indexed by the starter pipeline, searched, and compared with expectations."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PIL import ImageOps

from chiasm.demo.samples import make_samples
from chiasm.demo.searches import NEEDED, SEARCHES, DemoSearch
from chiasm.demo.voice import Voice
from chiasm.documents.identity import path_id
from chiasm.media.audio import Audio
from chiasm.media.span import TimeSpan
from chiasm.search.hits import Hit, Hits

if TYPE_CHECKING:
    from chiasm import Pipeline
    from chiasm.run.report import Progress, RunReport

SHOWN_HITS = 4
"""Hits asked of each search."""


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """What came of a search.

    Attributes:
        search: What was asked, and what should come first.
        hits: What came.
        rank: Of the expected document, from 1; ``None`` when it is not among the hits.
        moment_found: Whether its moment overlaps the expected one; true where none is expected.
        picture: Of the query, uint8 ``[H, W, 3]`` RGB.
        sound: Of the query.
    """

    search: DemoSearch
    hits: Hits
    rank: int | None
    moment_found: bool
    picture: NDArray[np.uint8] | None
    sound: Audio | None

    @property
    def is_right(self) -> bool:
        """Whether the expected document came first, with its moment."""
        return self.rank == 1 and self.moment_found

    @property
    def verdict(self) -> str:
        """What came of it, in a few words."""
        if self.is_right:
            return "found first"
        if self.rank == 1:
            return "found first, but not the moment"
        return f"found at rank {self.rank}" if self.rank else f"not among the first {len(self.hits)}"


@dataclass(frozen=True, slots=True, eq=False)
class DemoResult:
    """What came of the demonstration.

    Attributes:
        folder: The samples.
        run: What indexing them did.
        outcomes: By search.
        page: The report.
    """

    folder: Path
    run: RunReport
    outcomes: tuple[Outcome, ...]
    page: Path

    @property
    def right(self) -> int:
        """Number of searches that found the right document first."""
        return sum(outcome.is_right for outcome in self.outcomes)

    @property
    def passed(self) -> bool:
        """Whether enough of them did, and every sample was indexed."""
        return self.right >= NEEDED and not self.run.failures


def run_demo(
    output: Path,
    *,
    tell: Callable[[str], None] = print,
    on_event: Callable[[Progress], None] | None = None,
) -> DemoResult:
    """Make sample media, index them with the starter pipeline, search them, and write ``report.html``.

    Needs no network, and about half a minute.

    Args:
        output: Folder for ``samples``, ``store`` and ``report.html``; made if need be.
        tell: Told what is being done, a line at a time.
        on_event: Told how far indexing has come.

    Raises:
        ModelUnavailable: A package of the extra ``demo`` is not installed.
        StoreError: The store in ``output`` cannot be used.
    """
    from chiasm import Pipeline
    from chiasm.demo.page import write_page

    voice = Voice()
    folder = output / "samples"
    tell("Making photographs, recordings, videos and texts ...")
    make_samples(folder, voice)
    with Pipeline.preset("starter", store=output / "store") as library:
        tell("Indexing them ...")
        run = library.index(folder, sync=True, on_event=on_event)
        tell("Searching ...")
        outcomes = tuple(ask(library, search, folder, voice) for search in SEARCHES)
    result = DemoResult(folder, run, outcomes, output / "report.html")
    write_page(result)
    return result


def ask(library: Pipeline, search: DemoSearch, folder: Path, voice: Voice) -> Outcome:
    """Run one search and compare its hits with what is expected.

    Args:
        library: Has indexed ``folder``.
        search: The search.
        folder: The samples.
        voice: Speaks what the search says.
    """
    picture = _picture(search)
    sound = voice.speak(search.spoken) if search.spoken else None
    media: dict[str, Any] = {"image": picture, "audio": (sound.samples, sound.rate) if sound else None}
    hits = library.search(search.text, where=search.where, modality=search.modality, limit=SHOWN_HITS, **media)
    expected = path_id(Path(os.path.realpath(folder)) / search.expected)
    rank = next((at for at, hit in enumerate(hits, start=1) if hit.id == expected), None)
    moment_found = search.moment is None or (rank is not None and _overlaps(hits[rank - 1], search.moment))
    return Outcome(search, hits, rank, moment_found, picture, sound)


def _picture(search: DemoSearch) -> NDArray[np.uint8] | None:
    if search.picture is None:
        return None
    picture = search.picture.open()
    if search.mirrored:
        picture = ImageOps.crop(ImageOps.mirror(picture), border=min(picture.size) // 10)
    return np.asarray(picture)


def _overlaps(hit: Hit, moment: tuple[float, float]) -> bool:
    return isinstance(hit.span, TimeSpan) and hit.span.start < moment[1] and hit.span.end > moment[0]
