"""The searches of the demonstration, each with the document that should come first, written down beforehand."""

from __future__ import annotations

from dataclasses import dataclass

from chiasm.demo.films import Film
from chiasm.demo.photographs import COFFEE, MOTORCYCLE_FROM_THE_RIGHT, Photograph


@dataclass(frozen=True, slots=True)
class DemoSearch:
    """A search, and what it should find.

    Attributes:
        title: What crosses what, for example ``"words to photograph"``.
        expected: Folder and stem of the document that should come first.
        why: What makes it the right one, in one sentence.
        text: Words of the query.
        picture: Picture of the query.
        mirrored: Whether the picture is flipped and cropped, so that it is no copy of an indexed file.
        spoken: A sentence that is spoken and then given as a recording.
        where: Condition on metadata.
        modality: What is looked for among.
        moment: Seconds that the moment found must overlap, where the expected document is a video.
    """

    title: str
    expected: str
    why: str
    text: str | None = None
    picture: Photograph | None = None
    mirrored: bool = False
    spoken: str | None = None
    where: str | None = None
    modality: str | None = None
    moment: tuple[float, float] | None = None


SEARCHES = (
    DemoSearch(
        "words to photograph",
        "photos/IMG_0102",
        "It is the only cat among the photographs.",
        text="a ginger cat looking at me",
        modality="image",
    ),
    DemoSearch(
        "spoken words to photograph",
        "photos/IMG_0105",
        "It shows the temple; another document only tells of a shrine.",
        spoken="Show me a photograph of a temple.",
        modality="image",
    ),
    DemoSearch(
        "words to speech",
        "recordings/REC_0201",
        "The message says so; another speaks of a tram.",
        text="What time does the train to the mountains leave?",
    ),
    DemoSearch(
        "words to what a video shows",
        "videos/MOV_0301",
        "The rocket is shown in the middle, and nobody speaks of it.",
        text="a rocket on its launch pad",
        modality="video",
        moment=Film.seconds_of(1),
    ),
    DemoSearch(
        "words to what is said in a video",
        "videos/MOV_0301",
        "It is said near the end, in other words.",
        text="When can visitors come in for free?",
        modality="video",
        moment=Film.seconds_of(2),
    ),
    DemoSearch(
        "picture to text",
        "texts/winter-storage",
        "It is about motorcycles; another text is about bicycles.",
        picture=MOTORCYCLE_FROM_THE_RIGHT,
        modality="text",
    ),
    DemoSearch(
        "words to text, in other words",
        "texts/pantry",
        "It tells how to store a loaf; another text tells how to bake one.",
        text="How do I stop bread from going stale?",
    ),
    DemoSearch(
        "picture and words to text",
        "texts/filter-coffee",
        "The picture says coffee and the words ask for a temperature; the text on tea has one too.",
        text="How hot should the water be?",
        picture=COFFEE,
        mirrored=True,
        modality="text",
    ),
    DemoSearch(
        "words and a condition to speech",
        "recordings/REC_0202",
        "Of two recipes from before 2010 it is the one for a cake; the sourdough is of 2021.",
        text="something baked in the oven",
        where="kind = recipe and year < 2010",
    ),
    DemoSearch(
        "words to a photograph by the note beside it",
        "photos/IMG_0106",
        "The note beside the photograph tells it; another text tells of potatoes from the soil.",
        text="what my uncle found in the ground",
    ),
)
"""Written before any of them was run, and not changed since."""

NEEDED = 8
"""Searches that must find the right document first for the demonstration to count as passed."""
