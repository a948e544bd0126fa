"""Finds what a file is by its content.

Own signatures rather than a general library: puremagic takes 0.2 ms a file against 0.03 ms at most, takes MP4 and WebM
files of sound alone for videos, does not look into Ogg, and knows no text.
"""

from __future__ import annotations

import mimetypes
import re
from pathlib import PurePath

from chiasm.errors import UnreadableMedia
from chiasm.media.containers import id3_length, isobmff_type, matroska_type, mpeg_audio_type, ogg_type
from chiasm.media.source import Source

HEAD_BYTES = 8192
"""Bytes from the start of a file that ``sniff`` is given."""

_SIGNATURES = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"II*\0", "image/tiff"),
    (b"MM\0*", "image/tiff"),
    (b"II+\0", "image/tiff"),
    (b"MM\0+", "image/tiff"),
    (b"%PDF-", "application/pdf"),
    (b"fLaC", "audio/flac"),
    (b"RF64", "audio/wav"),
    (b"FLV\x01", "video/x-flv"),
    (b"\0\0\x01\xba", "video/mpeg"),
    (b"0&\xb2u\x8ef\xcf\x11", "video/x-ms-asf"),
    (b"MThd\0\0\0\x06", "audio/midi"),
    (b"#!AMR", "audio/amr"),
    (b"8BPS\0", "image/vnd.adobe.photoshop"),
    (b"\0\0\0\x0cjP  ", "image/jp2"),
    (b"\0\0\0\x0cJXL ", "image/jxl"),
    (b"\xff\x0a", "image/jxl"),
    (b"\0\0\x01\0", "image/vnd.microsoft.icon"),
    (b"\x7fELF", "application/x-executable"),
    (b"\xca\xfe\xba\xbe", "application/x-executable"),
    (b"\xcf\xfa\xed\xfe", "application/x-executable"),
    (b"\0asm", "application/wasm"),
    (b"PK\x03\x04", "application/zip"),
    (b"PK\x05\x06", "application/zip"),
    (b"\x1f\x8b", "application/gzip"),
    (b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (b"Rar!\x1a\x07", "application/vnd.rar"),
    (b"\xfd7zXZ\0", "application/x-xz"),
    (b"(\xb5/\xfd", "application/zstd"),
    (b"SQLite format 3\0", "application/vnd.sqlite3"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
    (b"{\\rtf", "application/rtf"),
    (b"%!PS", "application/postscript"),
)
"""First bytes of the types that are read, and of those that are named in a refusal."""

_RIFF_FORMS = {b"WAVE": "audio/wav", b"WEBP": "image/webp", b"AVI ": "video/x-msvideo"}
_BMP_HEADER_SIZES = (12, 16, 40, 52, 56, 64, 108, 124)

_TEXT_SUFFIXES = {
    ".md": "text/markdown",
    ".markdown": "text/markdown",
    ".mdown": "text/markdown",
    ".html": "text/html",
    ".htm": "text/html",
    ".xhtml": "text/html",
    ".txt": "text/plain",
    ".text": "text/plain",
    ".log": "text/plain",
}
_TEXT_BYTES = bytes(byte for byte in range(256) if byte >= 32 or byte in b"\t\n\v\f\r\b\x1a\x1b")
_BYTE_ORDER_MARKS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe\0\0", "utf-32"),
    (b"\0\0\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
_MARKUP = re.compile(r"\s*(?:(?:<\?xml[^>]*>|<!--.*?-->)\s*)*<(?:!doctype\s+)?(html|head|body|svg)\b", re.I | re.S)


def sniff(head: bytes, source: Source) -> str | None:
    """Return the media type of a file by its content, or ``None`` when it is of no known type.

    The name counts only among texts: it tells Markdown, HTML and plain text apart, lets a text with NUL bytes pass as
    one, and shows a script that is called a picture, a recording or a video for what it is.

    Args:
        head: The first ``HEAD_BYTES`` bytes.
        source: The file, looked into where the first bytes do not tell (MP4, Matroska, tagged MP3).

    Raises:
        UnreadableMedia: The file cannot be read.
    """
    try:
        return _container(head, source) or _signature(head) or _text(head, source)
    except OSError as error:
        raise UnreadableMedia(f"the file cannot be read ({error.strerror or error})", where=source.name) from error


def unicode_encoding(head: bytes) -> str | None:
    """Return the Python name of the Unicode encoding that the first bytes of a text show, or ``None``.

    By its byte order mark, or, for UTF-16 without one, by zero bytes in every second place.
    """
    for mark, encoding in _BYTE_ORDER_MARKS:
        if head.startswith(mark):
            return encoding
    even, odd = head[0::2].count(0), head[1::2].count(0)
    for zeros, others, encoding in ((odd, even, "utf-16-le"), (even, odd, "utf-16-be")):
        if zeros * 6 > len(head) > 3 and others * 50 <= zeros:
            return encoding
    return None


def _container(head: bytes, source: Source) -> str | None:
    if head[:4] == b"RIFF":
        return _RIFF_FORMS.get(head[8:12])
    if head[:4] == b"FORM" and head[8:12] in (b"AIFF", b"AIFC"):
        return "audio/aiff"
    if head[:4] == b"OggS":
        return ogg_type(head)
    if head[:4] == b"\x1a\x45\xdf\xa3":
        return matroska_type(source)
    if head[:3] == b"ID3":
        return _tagged_audio(head, source)
    return isobmff_type(head, source)


def _tagged_audio(head: bytes, source: Source) -> str:
    start = id3_length(head)
    with source.open() as stream:
        stream.seek(start)
        data = stream.read(HEAD_BYTES)
    return "audio/flac" if data[:4] == b"fLaC" else mpeg_audio_type(data) or "audio/mpeg"


def _signature(head: bytes) -> str | None:
    for signature, media_type in _SIGNATURES:
        if head.startswith(signature):
            return media_type
    if head[:2] == b"BM" and int.from_bytes(head[14:18], "little") in _BMP_HEADER_SIZES:
        return "image/bmp"
    if head[:2] == b"MZ" and b"\0" in head:
        return "application/x-executable"
    if len(head) > 376 and head[0] == head[188] == head[376] == 0x47 and b"\0" in head:
        return "video/mp2t"
    return None if unicode_encoding(head) else mpeg_audio_type(head)


def _text(head: bytes, source: Source) -> str | None:
    name = PurePath(source.path or source.name)
    named = _TEXT_SUFFIXES.get(name.suffix.lower())
    encoding = unicode_encoding(head)
    if encoding:
        text = head.decode(encoding, "replace")
        readable = text.encode("utf-8", "replace")
    else:
        text = head.decode("latin-1")
        readable = head.replace(b"\0", b"") if named and head.count(0) * 2 < len(head) else head
    controls = len(readable.translate(None, _TEXT_BYTES))
    if controls > 1 + len(readable) // 100 or b"\0" in readable:
        return None
    if text.startswith("#!") and (mimetypes.guess_type(name.name)[0] or "").startswith(("image/", "audio/", "video/")):
        return "text/x-script"
    markup = _MARKUP.match(text.removeprefix("\ufeff"))
    if markup and named != "text/markdown":
        return "image/svg+xml" if markup[1].lower() == "svg" else "text/html"
    return named or "text/plain"
