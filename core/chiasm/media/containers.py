"""Looks into audio and video containers just far enough to tell which type of content they hold."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import BinaryIO

from chiasm.media.source import Source

_MAX_BOXES = 4096
"""Boxes or elements looked at on one level: more is no real file but a trap."""

_IMAGE_BRANDS = {b"avif": "image/avif", b"avis": "image/avif", b"heic": "image/heic", b"heix": "image/heic"}
_AUDIO_BRANDS = (b"M4A ", b"M4B ", b"M4P ", b"F4A ", b"F4B ")
_QUICKTIME_STARTS = (b"moov", b"mdat", b"wide", b"pnot", b"free", b"skip")

_EBML_HEADER, _DOC_TYPE, _SEGMENT, _CLUSTER = 0x1A45DFA3, 0x4282, 0x18538067, 0x1F43B675
_TRACKS, _TRACK_ENTRY, _TRACK_TYPE = 0x1654AE6B, 0xAE, 0x83


def isobmff_type(head: bytes, source: Source) -> str | None:
    """Return the type of an ISO base media file (MP4, QuickTime and kin), or ``None`` when it is none.

    A file whose tracks are all sound is ``audio/mp4`` whatever its brand says.
    """
    if head[4:8] == b"ftyp":
        size = int.from_bytes(head[:4], "big")
        brand, compatible = head[8:12], [head[at : at + 4] for at in range(16, min(size, len(head)), 4)]
        for each in (brand, *compatible):
            if each in _IMAGE_BRANDS:
                return _IMAGE_BRANDS[each]
        if brand in (b"mif1", b"msf1"):
            return "image/heic"
        if brand in _AUDIO_BRANDS:
            return "audio/mp4"
        video = "video/quicktime" if brand == b"qt  " else "video/3gpp" if brand[:2] == b"3g" else "video/mp4"
    elif head[4:8] in _QUICKTIME_STARTS and 8 <= int.from_bytes(head[:4], "big") <= source.size:
        video = "video/quicktime"
    else:
        return None
    handlers = _isobmff_handlers(source)
    return "audio/mp4" if b"soun" in handlers and b"vide" not in handlers else video


def matroska_type(source: Source) -> str | None:
    """Return the type of a file that starts as EBML: WebM or Matroska, sound alone or video."""
    with source.open() as stream:
        end = _size(stream)
        kind, only_sound = "x-matroska", False
        for name, start, stop in _ebml_elements(stream, 0, end):
            if name == _EBML_HEADER:
                for inner, at, until in _ebml_elements(stream, start, stop):
                    if inner == _DOC_TYPE and _bytes_at(stream, at, min(until - at, 16)).rstrip(b"\0") == b"webm":
                        kind = "webm"
            elif name == _SEGMENT:
                tracks = _matroska_tracks(stream, start, stop)
                only_sound = bool(tracks) and 1 not in tracks and 2 in tracks
                break
    return f"{'audio' if only_sound else 'video'}/{kind}"


def ogg_type(head: bytes) -> str:
    """Return the type of an Ogg file, from the first packets of its streams."""
    if b"\x80theora" in head:
        return "video/ogg"
    return "audio/opus" if b"OpusHead" in head else "audio/ogg"


def mpeg_audio_type(data: bytes) -> str | None:
    """Return ``audio/mpeg`` or ``audio/aac`` when ``data`` starts with a frame and another follows where it is due."""
    for kind, frame_length in (("audio/mpeg", _mpeg_frame_length), ("audio/aac", _adts_frame_length)):
        length = frame_length(data)
        if length and (len(data) == length or frame_length(data[length : length + 8])):
            return kind
    return None


def id3_length(head: bytes) -> int:
    """Return the bytes that an ID3v2 tag at the start of ``head`` takes, header included."""
    length = 0
    for byte in head[6:10]:
        length = length << 7 | byte & 0x7F
    return length + 10


def _isobmff_handlers(source: Source) -> set[bytes]:
    found: set[bytes] = set()
    with source.open() as stream:
        levels = (b"moov", b"trak", b"mdia", b"hdlr")

        def walk(start: int, end: int, depth: int) -> None:
            for name, at, stop in _boxes(stream, start, end):
                if name != levels[depth]:
                    continue
                if name == b"hdlr":
                    found.add(_bytes_at(stream, at + 8, 4))
                else:
                    walk(at, stop, depth + 1)

        walk(0, _size(stream), 0)
    return found


def _boxes(stream: BinaryIO, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    for _ in range(_MAX_BOXES):
        header = _bytes_at(stream, start, 16)
        if len(header) < 8 or start >= end:
            return
        size, body = int.from_bytes(header[:4], "big"), 8
        if size == 1:
            size, body = int.from_bytes(header[8:16], "big"), 16
        elif size == 0:
            size = end - start
        if size < body:
            return
        yield header[4:8], start + body, min(start + size, end)
        start += size


def _matroska_tracks(stream: BinaryIO, start: int, stop: int) -> set[int]:
    for name, at, until in _ebml_elements(stream, start, stop):
        if name == _CLUSTER:
            break
        if name == _TRACKS:
            return {
                int.from_bytes(_bytes_at(stream, value, min(end - value, 8)), "big")
                for entry, inner, inner_end in _ebml_elements(stream, at, until)
                if entry == _TRACK_ENTRY
                for field, value, end in _ebml_elements(stream, inner, inner_end)
                if field == _TRACK_TYPE
            }
    return set()


def _ebml_elements(stream: BinaryIO, start: int, end: int) -> Iterator[tuple[int, int, int]]:
    for _ in range(_MAX_BOXES):
        header = _bytes_at(stream, start, 12)
        if start >= end or not header or not header[0]:
            return
        id_length = 9 - header[0].bit_length()
        rest = header[id_length:]
        if id_length > 4 or not rest or not rest[0]:
            return
        size_length = 9 - rest[0].bit_length()
        size = int.from_bytes(rest[:size_length], "big") & ((1 << 7 * size_length) - 1)
        body = start + id_length + size_length
        unknown = size == (1 << 7 * size_length) - 1
        stop = end if unknown else min(body + size, end)
        yield int.from_bytes(header[:id_length], "big"), body, stop
        start = stop


def _mpeg_frame_length(header: bytes) -> int:
    if len(header) < 4 or header[0] != 0xFF or header[1] & 0xE0 != 0xE0:
        return 0
    version, layer = header[1] >> 3 & 3, 4 - (header[1] >> 1 & 3)
    bitrate, rate = header[2] >> 4, header[2] >> 2 & 3
    if version == 1 or layer == 4 or bitrate in (0, 15) or rate == 3:
        return 0
    hertz = (44_100, 48_000, 32_000)[rate] >> (3 - version) if version else (11_025, 12_000, 8_000)[rate]
    kbits = _mpeg_kbits(version == 3, layer, bitrate)
    padding = header[2] >> 1 & 1
    if layer == 1:
        return (12_000 * kbits // hertz + padding) * 4
    return (72_000 if layer == 3 and version != 3 else 144_000) * kbits // hertz + padding


def _mpeg_kbits(version_1: bool, layer: int, index: int) -> int:
    """Return the bit rate of a table index (ISO 11172-3 and 13818-3, section 2.4.2.3)."""
    if version_1:
        tables = {
            1: [32 * step for step in range(1, 15)],
            2: [32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384],
            3: [32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
        }
        return tables[layer][index - 1]
    if layer == 1:
        return [32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256][index - 1]
    return [8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160][index - 1]


def _adts_frame_length(header: bytes) -> int:
    if len(header) < 7 or header[0] != 0xFF or header[1] & 0xF6 != 0xF0 or header[2] >> 2 & 15 > 12:
        return 0
    length = (header[3] & 3) << 11 | header[4] << 3 | header[5] >> 5
    return length if length > 7 else 0


def _bytes_at(stream: BinaryIO, offset: int, count: int) -> bytes:
    stream.seek(offset)
    return stream.read(count)


def _size(stream: BinaryIO) -> int:
    return stream.seek(0, os.SEEK_END)
