"""A folder of sample media: photographs, recordings, videos and texts, made from what installed packages carry."""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

from chiasm.demo.films import FILMS, write_film
from chiasm.demo.photographs import PHOTO_FILES
from chiasm.demo.recordings import RECORDINGS, write_sound
from chiasm.demo.voice import Voice


def make_samples(folder: Path, voice: Voice | None = None) -> None:
    """Make the sample folder, over what is there of it; takes some seconds and no network.

    It holds ``photos`` (nine, in six formats, one with a note beside it), ``recordings`` (six spoken messages in six
    formats), ``videos`` (two, of three photographs each, with a spoken track) and ``texts`` (eleven).

    Args:
        folder: Made if need be.
        voice: Speaks the recordings; one of its own when ``None``.

    Raises:
        ModelUnavailable: A package of the extra ``demo`` is not installed.
    """
    voice = voice or Voice()
    places = {name: folder / name for name in ("photos", "recordings", "videos", "texts")}
    for place in places.values():
        place.mkdir(parents=True, exist_ok=True)
    for photo in PHOTO_FILES:
        path = places["photos"] / photo.name
        photo.photograph.open().save(path)
        if photo.text:
            path.with_suffix(".txt").write_text(photo.text, encoding="utf-8")
        _write_facts(path, photo.facts)
    for recording in RECORDINGS:
        path = places["recordings"] / recording.name
        write_sound(path, voice.speak(*recording.sentences).resampled(recording.rate))
        _write_facts(path, recording.facts)
    for film in FILMS:
        write_film(places["videos"] / film.name, film, voice)
    for text in files("chiasm.demo").joinpath("texts").iterdir():
        (places["texts"] / text.name).write_bytes(text.read_bytes())


def _write_facts(path: Path, facts: Mapping[str, Any]) -> None:
    if facts:
        path.with_suffix(".json").write_text(json.dumps(facts), encoding="utf-8")
