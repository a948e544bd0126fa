"""Hits as HTML: thumbnails, players at the moment, within limits, and nothing of a user's data taken for markup."""

from __future__ import annotations

import base64
import io
import re
from pathlib import Path

import numpy as np
import pytest
import soundfile
from bs4 import BeautifulSoup
from PIL import Image

from chiasm.media import Audio, Item, TimeSpan
from chiasm.report import hits_to_html
from chiasm.report.embed import Embedder, EmbedLimits
from chiasm.report.fragment import render_hits
from chiasm.report.waveform import waveform
from chiasm.search.hits import Explanation, Hit, Hits, LegHit


def hit(path: Path | str, modality: str, **changes) -> Hit:
    values = {
        "id": str(path),
        "title": Path(path).name,
        "path": str(path),
        "score": 0.5,
        "modality": modality,
        "field": modality,
        "span": None,
        "text": "",
        "payload": {},
        "provenance": {},
        "legs": (LegHit("text:words", 1, 0.51, modality, None),),
    }
    return Hit(**values | changes)


def hits(*found: Hit) -> Hits:
    return Hits(found, Explanation((), "", "a store", 0.001, 0.001, 0.002))


def page_of(*found: Hit) -> BeautifulSoup:
    return BeautifulSoup(hits_to_html(hits(*found)), "lxml")


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    path = tmp_path / "memo.wav"
    samples = np.sin(np.arange(32_000) / 9).astype(np.float32) * 0.5
    samples[:16_000] = 0
    soundfile.write(path, samples, 16_000)
    return path


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "photo.png"
    Image.fromarray(np.full((900, 1200, 3), (200, 30, 30), np.uint8)).save(path)
    return path


def test_a_picture_has_a_small_thumbnail_with_a_description(photo):
    image = page_of(hit(photo, "image")).find("img")
    assert image["alt"] == "picture photo.png"
    kind, data = image["src"].split(",", 1)
    assert kind == "data:image/jpeg;base64"
    with Image.open(io.BytesIO(base64.b64decode(data))) as picture:
        assert max(picture.size) <= 480
        assert picture.getpixel((5, 5))[0] == pytest.approx(200, abs=6)


def test_a_recording_has_a_player_that_starts_at_the_moment(recording):
    page = page_of(hit(recording, "audio", span=TimeSpan(1.0, 1.5), text="Hello there."))
    source = page.find("audio")["src"]
    assert source.startswith("data:audio/wav;base64,")
    assert source.endswith("#t=1.00,1.50")
    data = source.partition(",")[2].partition("#")[0]
    assert base64.b64decode(data) == recording.read_bytes()
    assert page.find("blockquote").text == "Hello there."
    assert "0:01-0:01" in page.find(class_="chx-moment").text


def test_the_waveform_shows_where_the_moment_is(recording):
    page = page_of(hit(recording, "audio", span=TimeSpan(1.0, 1.5)))
    bars = page.find(class_="chx-wave").find_all("rect")
    marked = [at for at, bar in enumerate(bars) if bar.get("class") == ["chx-in"]]
    assert marked == list(range(len(bars) // 2, len(bars) * 3 // 4))


def test_a_waveform_is_the_root_mean_square_of_equal_stretches():
    samples = np.random.default_rng(3).normal(size=1000).astype(np.float32)
    expected = [float(np.sqrt(np.mean(part.astype(float) ** 2))) for part in np.split(samples, 10)]
    got = [bar.height for bar in waveform(Audio(samples, 100), None, bars=10)]
    assert got == pytest.approx([each / max(expected) for each in expected], abs=0.001)


def test_silence_and_very_short_sounds_have_no_waveform():
    assert waveform(Audio(np.zeros(5000, np.float32), 100), None) == ()
    assert waveform(Audio(np.ones(3, np.float32), 100), None) == ()


def test_a_file_over_the_limit_is_named_but_not_embedded(recording):
    html = render_hits(hits(hit(recording, "audio", text="Hello.")), Embedder(EmbedLimits(file_bytes=1000)))
    assert "<audio" not in html
    assert "file not embedded" in html
    assert "Hello." in html


def test_the_limit_on_all_files_together_holds(recording):
    size = recording.stat().st_size
    embedder = Embedder(EmbedLimits(all_bytes=size + 10))
    assert embedder.media(Item.from_path(recording), None) is not None
    assert embedder.media(Item.from_path(recording), None) is None


def test_a_file_that_is_gone_or_damaged_still_gives_a_hit(tmp_path):
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"\x89PNG\r\n\x1a\nnothing")
    page = page_of(hit(tmp_path / "gone.jpg", "image"), hit(broken, "image"), hit(tmp_path / "gone.wav", "audio"))
    assert [each.text.strip() for each in page.find_all(class_="chx-title")] == ["gone.jpg", "broken.png", "gone.wav"]
    assert page.find("img") is None


def test_a_hit_without_a_file_shows_its_text(tmp_path):
    page = page_of(hit("", "text", title="row 7", text="A note."))
    assert page.find("blockquote").text.strip() == "A note."
    assert page.find(class_="chx-title").text == "row 7"


def test_what_documents_bring_is_never_taken_for_markup(tmp_path):
    evil = '"><script>alert(1)</script>'
    found = hit("", "text", title=evil, text=evil, legs=(LegHit(evil, 1, 0.1, evil, None),))
    html = hits_to_html(hits(found))
    assert "<script" not in html
    assert BeautifulSoup(html, "lxml").find(class_="chx-title").text == evil


def test_a_long_text_is_cut_at_a_word():
    text = page_of(hit("", "text", text="lorem ipsum " * 100)).find("blockquote").text
    assert len(text) < 300
    assert re.search(r"(lorem|ipsum)…$", text)


def test_nothing_found_is_said():
    assert "Nothing found." in hits_to_html(hits())


def test_notebooks_show_hits_this_way(photo):
    found = hits(hit(photo, "image"))
    assert found._repr_html_() == hits_to_html(found)
