"""Types by content: what a file is called does not decide what it is."""

import io
import struct
import sys
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from chiasm.media import Source
from chiasm.media.sniff import HEAD_BYTES, sniff


def type_of(data: bytes, name="file.bin") -> str | None:
    return sniff(data[:HEAD_BYTES], Source(data=data, name=name))


def picture(form: str, **options) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (20, 10), "red").save(buffer, form, **options)
    return buffer.getvalue()


def recorded(form: str, *codecs: str, seconds=1) -> bytes:
    """A file of libav's format ``form`` with a stream of each codec."""
    buffer = io.BytesIO()
    with av.open(buffer, "w", format=form) as container:
        streams = [
            container.add_stream(codec, rate=25 if "264" in codec or "vp" in codec else 48_000) for codec in codecs
        ]
        for stream in streams:
            if stream.type == "video":
                stream.width, stream.height, stream.pix_fmt = 32, 32, "yuv420p"
            else:
                stream.layout = "mono"
        for stream in streams:
            if stream.type == "video":
                for _ in range(5):
                    container.mux(stream.encode(av.VideoFrame.from_ndarray(np.zeros((32, 32, 3), np.uint8), "rgb24")))
            else:
                size = stream.codec_context.frame_size or 1024
                silence = np.zeros((1, 48_000 * seconds), np.float32)
                frame = av.AudioFrame.from_ndarray(silence, format="flt", layout="mono")
                frame.rate = 48_000
                resampler = av.AudioResampler(stream.format.name, "mono", 48_000, frame_size=size)
                for piece in [*resampler.resample(frame), *resampler.resample(None)]:
                    container.mux(stream.encode(piece))
            container.mux(stream.encode(None))
    return buffer.getvalue()


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "GIF", "TIFF", "BMP", "AVIF", "ICO"])
def test_pictures(form):
    media_type = {"ICO": "image/vnd.microsoft.icon"}.get(form, f"image/{form.lower()}")
    assert type_of(picture(form), "wrong.txt") == media_type


@pytest.mark.parametrize(
    ("form", "codecs", "media_type"),
    [
        ("wav", ["pcm_s16le"], "audio/wav"),
        ("aiff", ["pcm_s16be"], "audio/aiff"),
        ("flac", ["flac"], "audio/flac"),
        ("ogg", ["libopus"], "audio/opus"),
        ("mp3", ["libmp3lame"], "audio/mpeg"),
        ("mp2", ["mp2"], "audio/mpeg"),
        ("adts", ["aac"], "audio/aac"),
        ("ipod", ["aac"], "audio/mp4"),
        ("mp4", ["aac"], "audio/mp4"),
        ("mov", ["aac"], "audio/mp4"),
        ("matroska", ["libopus"], "audio/x-matroska"),
        ("webm", ["libopus"], "audio/webm"),
        ("mp4", ["libx264"], "video/mp4"),
        ("mp4", ["libx264", "aac"], "video/mp4"),
        ("mov", ["libx264", "aac"], "video/quicktime"),
        ("3gp", ["libx264"], "video/3gpp"),
        ("matroska", ["libx264", "aac"], "video/x-matroska"),
        ("webm", ["libvpx", "libopus"], "video/webm"),
        ("avi", ["libx264"], "video/x-msvideo"),
        ("mpegts", ["libx264"], "video/mp2t"),
        ("flv", ["libx264"], "video/x-flv"),
    ],
)
def test_recordings_and_videos(form, codecs, media_type):
    assert type_of(recorded(form, *codecs)) == media_type


def test_ogg_by_its_codec():
    buffer = io.BytesIO()
    soundfile.write(buffer, np.zeros(4000, np.float32), 16_000, format="OGG", subtype="VORBIS")
    assert type_of(buffer.getvalue()) == "audio/ogg"
    assert type_of(b"OggS" + bytes(24) + b"\x80theora\x03\x02\x01") == "video/ogg"


def test_mp3_without_a_tag_and_behind_a_large_one():
    data = recorded("mp3", "libmp3lame", seconds=2)
    length = 10 + int.from_bytes(data[6:10], "big") if data[:3] == b"ID3" else 0
    bare = data[length:]
    assert bare[0] == 0xFF and type_of(bare) == "audio/mpeg"
    size = 300_000
    tag = b"ID3\x04\0\0" + bytes(size >> shift & 0x7F for shift in (21, 14, 7, 0))
    assert type_of(tag + bytes(size) + bare) == "audio/mpeg"
    assert type_of(tag + bytes(size) + recorded("flac", "flac")) == "audio/flac"
    assert type_of(tag + bytes(size) + recorded("adts", "aac")) == "audio/aac"


def test_a_quicktime_file_without_a_brand():
    data = recorded("mov", "libx264")
    assert type_of(data[int.from_bytes(data[:4], "big") :]) == "video/quicktime"


@pytest.mark.parametrize(
    ("data", "media_type"),
    [
        (Path(sys.executable).resolve().read_bytes()[: HEAD_BYTES * 4], "application/x-executable"),
        (b"MZ\x90\0\x03\0\0\0\x04\0\0\0\xff\xff", "application/x-executable"),
        (b"PK\x03\x04\x14\0\0\0", "application/zip"),
        (b"\x1f\x8b\x08\0", "application/gzip"),
        (b"{\\rtf1\\ansi text}", "application/rtf"),
        (b"#!/bin/sh\nrm -r x\n", "text/x-script"),
    ],
)
def test_what_is_no_picture_is_not_taken_for_one_by_its_name(data, media_type):
    assert type_of(data, "photo.jpg") == media_type


@pytest.mark.parametrize(
    ("data", "name", "media_type"),
    [
        (b"plain words", "note", "text/plain"),
        (b"plain words", "photo.jpg", "text/plain"),
        (b"# Title", "note.md", "text/markdown"),
        (b"words", "page.html", "text/html"),
        (b"\xef\xbb\xbf<!DOCTYPE html><p>x", "note.txt", "text/html"),
        (b"<?xml version='1.0'?>\n<!-- c -->\n<html xmlns='x'>", "page", "text/html"),
        (b"<?xml version='1.0'?><svg xmlns='x'>", "drawing.txt", "image/svg+xml"),
        (b"<p>no page</p>", "note.txt", "text/plain"),
        ("Größe".encode("latin-1"), "note.txt", "text/plain"),
        ("犬が走る".encode("shift_jis"), "note.txt", "text/plain"),
        ("A dog".encode("utf-16"), "note.bin", "text/plain"),
        ("A dog in rain".encode("utf-16-le"), "note.bin", "text/plain"),
        (b"#!/bin/sh\nls\n", "run.sh", "text/plain"),
        (b"a\0b and more words", "note.txt", "text/plain"),
        (b"a\0b and more words", "note.dat", None),
        (b"%PDF-1.7\n", "x.txt", "application/pdf"),
        (b"BMW is no bitmap", "x.txt", "text/plain"),
        (b"MZ is no program", "x.txt", "text/plain"),
        (b"RIFF raff", "x.txt", "text/plain"),
        (bytes(5000), "zeros.txt", None),
        (np.random.default_rng(0).bytes(9000), "noise.txt", None),
    ],
)
def test_texts(data, name, media_type):
    assert type_of(data, name) == media_type


def test_a_character_cut_by_the_end_of_the_head_does_not_matter():
    assert type_of(("x" * (HEAD_BYTES - 1) + "é" * 10).encode(), "n") == "text/plain"


def test_boxes_that_go_in_circles_or_claim_too_much_end():
    ftyp = struct.pack(">I4s4sI", 16, b"ftyp", b"isom", 0)
    for body in (
        struct.pack(">I4s", 0, b"moov") * 50,
        struct.pack(">I4sQ", 1, b"moov", 1 << 62),
        struct.pack(">I4s", 8, b"free") * 99_999,
    ):
        assert type_of(ftyp + body) == "video/mp4"
    header = b"\x1a\x45\xdf\xa3\x80"
    for body in (
        b"\x18\x53\x80\x67\x01" + b"\xff" * 7 + b"\xec\x80" * 99_999,
        b"\x18\x53\x80\x67\xff\x16",
        b"\x18\0\0\0",
    ):
        assert type_of(header + body) == "video/x-matroska"


@given(st.binary(max_size=400), st.sampled_from(["", "ID3", "RIFF", "OggS", "\x00\x00\x00\x20ftyp", "BM", "\xff\xfb"]))
def test_any_bytes_have_a_type_or_none(data, start):
    type_of(start.encode("latin-1") + data)
