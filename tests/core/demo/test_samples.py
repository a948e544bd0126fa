"""The sample folder: every file is what its name says, says what it should, and is made alike each time."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from chiasm.demo.films import FILMS, SLIDE_SECONDS
from chiasm.demo.photographs import PHOTO_FILES
from chiasm.demo.recordings import RECORDINGS
from chiasm.demo.running import DemoResult
from chiasm.demo.searches import SEARCHES
from chiasm.demo.voice import Voice
from chiasm.media import Item


@pytest.fixture
def samples(demonstration: DemoResult) -> Path:
    return demonstration.folder


def test_every_file_is_of_the_type_that_its_name_says(samples):
    types = {path.suffix: Item.from_path(path).media_type for path in samples.glob("*/*") if path.suffix != ".json"}
    assert types == {
        ".jpg": "image/jpeg",
        ".png": "image/png",
        ".webp": "image/webp",
        ".tiff": "image/tiff",
        ".bmp": "image/bmp",
        ".gif": "image/gif",
        ".wav": "audio/wav",
        ".flac": "audio/flac",
        ".mp3": "audio/mpeg",
        ".m4a": "audio/mp4",
        ".ogg": "audio/ogg",
        ".opus": "audio/opus",
        ".mp4": "video/mp4",
        ".txt": "text/plain",
        ".md": "text/markdown",
        ".html": "text/html",
    }


def test_pictures_show_the_photographs(samples):
    for photo in PHOTO_FILES:
        pixels = Item.from_path(samples / "photos" / photo.name).image()
        original = np.asarray(photo.photograph.open())
        assert pixels.shape == original.shape
        assert np.abs(pixels.astype(int) - original).mean() < 8


def test_recordings_have_the_sound_that_was_spoken_at_their_rate(samples):
    voice = Voice()
    for recording in RECORDINGS:
        spoken = voice.speak(*recording.sentences)
        kept = Item.from_path(samples / "recordings" / recording.name).audio(16_000)
        assert kept.seconds == pytest.approx(spoken.seconds, abs=0.15)
        loudness = [float(np.sqrt(np.mean(sound.samples**2))) for sound in (kept, spoken)]
        assert loudness[0] == pytest.approx(loudness[1], rel=0.1)


def test_a_video_shows_each_photograph_in_its_time_and_has_a_track(samples):
    for film in FILMS:
        video = Item.from_path(samples / "videos" / film.name).video()
        assert video.has_audio
        assert video.seconds == pytest.approx(len(film.slides) * SLIDE_SECONDS, abs=0.2)
        frames = [frame.pixels.astype(int) for frame in video.frames(per_second=1 / SLIDE_SECONDS)]
        for slide, shown in zip(film.slides, frames, strict=False):
            middle = np.asarray(slide.photograph.open().resize((32, 32))).mean(axis=(0, 1))
            assert np.abs(shown.mean(axis=(0, 1)) - middle).max() < 25


def test_every_search_expects_a_document_that_there_is(samples):
    for search in SEARCHES:
        assert list(samples.glob(f"{search.expected}.*")), search.title


def test_the_voice_says_the_same_thing_alike():
    first, second = (Voice().speak("The lamp is lit.").samples for _ in range(2))
    np.testing.assert_array_equal(first, second)
