"""Every built-in loader keeps the contract."""

from __future__ import annotations

import io
from fractions import Fraction

import av
import numpy as np
import pytest
import soundfile
from PIL import Image

from chiasm.contracts import LoaderParams
from chiasm.testing import LoaderContract
from chiasm.testing.samples.audio_items import tone
from chiasm.testing.samples.image_items import picture
from chiasm_plugins.loaders.audio import AudioLoader
from chiasm_plugins.loaders.html import HtmlLoader
from chiasm_plugins.loaders.image import ImageLoader
from chiasm_plugins.loaders.pdf import PdfLoader
from chiasm_plugins.loaders.text import TextLoader
from chiasm_plugins.loaders.video import VideoLoader


class TestText(LoaderContract):
    @pytest.fixture
    def component(self):
        return TextLoader(LoaderParams())

    def files(self, component):
        return [b"A dog in the rain.\n", "Ein Bär läuft über die Brücke. ".encode() * 20, "雨".encode("utf-16")]


class TestHtml(LoaderContract):
    @pytest.fixture
    def component(self):
        return HtmlLoader(LoaderParams())

    def files(self, component):
        page = "<!doctype html><html><head><title>Bees</title></head><body><p>Bees &amp; wasps</p></body></html>"
        return [page.encode(), "<html><body><h1>Überschrift</h1><p>Text</p></body></html>".encode("latin-1")]


class TestPdf(LoaderContract):
    @pytest.fixture
    def component(self):
        return PdfLoader(LoaderParams())

    def files(self, component):
        return [small_pdf(b"A dog in the rain."), small_pdf(b"Another page, " * 5)]


class TestImage(LoaderContract):
    @pytest.fixture
    def component(self):
        return ImageLoader(LoaderParams())

    def files(self, component):
        return [as_file(Image.fromarray(picture(at, 60, 80)), form) for at, form in enumerate(["PNG", "JPEG", "WEBP"])]


class TestAudio(LoaderContract):
    @pytest.fixture
    def component(self):
        return AudioLoader(LoaderParams())

    def files(self, component):
        found = []
        for form in ("WAV", "FLAC", "OGG"):
            buffer = io.BytesIO()
            soundfile.write(buffer, tone(440, 0.3), 16_000, format=form)
            found.append(buffer.getvalue())
        return found


class TestVideo(LoaderContract):
    @pytest.fixture
    def component(self):
        return VideoLoader(LoaderParams())

    def files(self, component):
        return [small_video("mp4", "libx264"), small_video("matroska", "mpeg4")]


def as_file(image: Image.Image, form: str) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, form)
    return buffer.getvalue()


def small_pdf(text: bytes) -> bytes:
    """One page with one line."""
    stream = b"BT /F 12 Tf 50 700 Td (" + text + b") Tj ET"
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>",
        b"<</Length %d>>\nstream\n%b\nendstream" % (len(stream), stream),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
    ]
    out, places = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    return out + b"xref\n0 6\n0000000000 65535 f \n%btrailer<</Size 6/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % (
        table, len(out),
    )  # fmt: skip


def small_video(form: str, codec: str) -> bytes:
    """Two seconds, ten frames a second."""
    buffer = io.BytesIO()
    with av.open(buffer, "w", format=form) as container:
        stream = container.add_stream(codec, rate=10)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for number in range(20):
            frame = av.VideoFrame.from_ndarray(np.full((48, 64, 3), 10 * number, np.uint8), format="rgb24")
            frame.pts, frame.time_base = number, Fraction(1, 10)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return buffer.getvalue()
