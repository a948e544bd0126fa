"""The sample videos: photographs shown some seconds each, with a spoken track."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from chiasm.demo import photographs
from chiasm.demo.photographs import Photograph
from chiasm.demo.voice import Voice
from chiasm.media.audio import Audio

SIZE = (640, 426)
"""Width and height of the picture, in pixels."""

FRAMES_A_SECOND = 10

SLIDE_SECONDS = 8
"""How long each photograph is shown."""

LEAD_SECONDS = 0.5
"""Silence after a photograph appears and before the voice speaks."""

CODECS = ("libx264", "libopenh264", "mpeg4")
"""Video encoders, best first; builds of FFmpeg differ in which they have."""


@dataclass(frozen=True, slots=True)
class Slide:
    """A photograph, and what is said while it is shown."""

    photograph: Photograph
    sentence: str


@dataclass(frozen=True, slots=True)
class Film:
    """A file of the sample folder.

    Attributes:
        name: Its name.
        slides: In order.
    """

    name: str
    slides: tuple[Slide, ...]

    @staticmethod
    def seconds_of(slide: int) -> tuple[float, float]:
        """Return when a slide, counted from 0, starts and ends."""
        return slide * SLIDE_SECONDS, (slide + 1) * SLIDE_SECONDS


# What is said does not name what is shown, so that a hit tells which of the two was understood.
FILMS = (
    Film(
        "MOV_0301.mp4",
        (
            Slide(photographs.GALAXIES, "Good evening, and welcome to our little observatory."),
            Slide(photographs.ROCKET, "Tonight our guests are the students of the technical school."),
            Slide(photographs.MOON, "Admission costs nothing on the first Friday of every month."),
        ),
    ),
    Film(
        "MOV_0302.mp4",
        (
            Slide(photographs.GRASS, "Last week we walked along the old railway line."),
            Slide(photographs.FLOWER, "Most of us had never been to this part of the county."),
            Slide(photographs.BRICKS, "The mason told us how lime mortar is mixed."),
        ),
    ),
)


def write_film(path: Path, film: Film, voice: Voice) -> None:
    """Write a film as MP4: H.264 where there is an encoder, and AAC."""
    import av

    codec = next(name for name in CODECS if name in av.codecs_available and _encodes(name))
    with av.open(str(path), "w", options={"movflags": "faststart"}) as container:
        pictures = container.add_stream(codec, rate=FRAMES_A_SECOND, options={"crf": "28"} if "x264" in codec else {})
        pictures.width, pictures.height, pictures.pix_fmt = *SIZE, "yuv420p"
        track_sound = _track(film, voice)
        track = container.add_stream("aac", rate=track_sound.rate, layout="mono")
        for slide in film.slides:
            still = np.asarray(ImageOps.fit(slide.photograph.open(), SIZE, Image.Resampling.LANCZOS))
            for _ in range(SLIDE_SECONDS * FRAMES_A_SECOND):
                container.mux(pictures.encode(av.VideoFrame.from_ndarray(still, format="rgb24")))
        container.mux(pictures.encode(None))
        frame = av.AudioFrame.from_ndarray(track_sound.samples[None, :], format="fltp", layout="mono")
        frame.sample_rate = track_sound.rate
        container.mux(track.encode(frame))
        container.mux(track.encode(None))


def _encodes(name: str) -> bool:
    import av

    try:
        av.Codec(name, "w")
    except ValueError:
        return False
    return True


def _track(film: Film, voice: Voice) -> Audio:
    """Return the film's sound: each sentence a moment after its photograph appears."""
    spoken = [voice.speak(slide.sentence) for slide in film.slides]
    rate = spoken[0].rate
    sound = np.zeros(len(film.slides) * SLIDE_SECONDS * rate, np.float32)
    for at, sentence in enumerate(spoken):
        start = int((film.seconds_of(at)[0] + LEAD_SECONDS) * rate)
        sound[start : start + len(sentence.samples)] = sentence.samples
    return Audio(sound, rate)
