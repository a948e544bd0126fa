"""Opens audio and video files with libav (through PyAV), and only as what their content shows."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Final, TypeVar

import av
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.packet import Packet
from av.video.stream import VideoStream

from chiasm.errors import MediaError, MediaTooLarge, UnreadableMedia, UnsupportedMedia
from chiasm.media import Limits, Source
from chiasm.media.sniff import HEAD_BYTES, sniff

_log = logging.getLogger(__name__)

_DEMUXERS: Final = {
    "audio/wav": "wav",
    "audio/aiff": "aiff",
    "audio/flac": "flac",
    "audio/ogg": "ogg",
    "audio/opus": "ogg",
    "audio/mpeg": "mp3",
    "audio/aac": "aac",
    "audio/mp4": "mp4",
    "audio/webm": "matroska",
    "audio/x-matroska": "matroska",
    "video/mp4": "mp4",
    "video/quicktime": "mov",
    "video/3gpp": "mp4",
    "video/webm": "matroska",
    "video/x-matroska": "matroska",
    "video/x-msvideo": "avi",
    "video/ogg": "ogg",
}
"""libav is told the demuxer: left to guess, it would also take playlists, which name further files and addresses."""

_READ_BYTES = 256 * 1024

_AnyStream = TypeVar("_AnyStream", VideoStream, AudioStream)

_FAILURES = (av.FFmpegError, OSError, ValueError, RuntimeError)


@contextmanager
def opened(source: Source, limits: Limits) -> Iterator[InputContainer]:
    """Open an audio or video file. The file is read through Python, so that names of any bytes and no URLs work.

    Raises:
        UnreadableMedia: libav cannot read it; also for what libav raises inside the block.
        MediaTooLarge: It has more bytes, or by its header more seconds, than ``limits`` allow.
        UnsupportedMedia: Its content is of no audio or video type that is read.
    """
    source.check_size(limits.max_bytes)
    with source.open() as stream, _telling(source):
        head = stream.read(HEAD_BYTES)
        stream.seek(0)
        media_type = sniff(head, source)
        if media_type not in _DEMUXERS:
            raise UnsupportedMedia(
                f"{media_type or 'content of an unknown type'} is no audio or video", where=source.name
            )
        # Metadata may be in any encoding; by default one wrong byte in a title makes the whole file fail.
        with av.open(
            stream, "r", format=_DEMUXERS[media_type], metadata_errors="replace", buffer_size=_READ_BYTES
        ) as container:
            check_seconds((container.duration or 0) / av.time_base, limits, source.name)
            yield container


def check_seconds(seconds: float, limits: Limits, name: str) -> None:
    """Refuse more than ``limits.max_seconds``, with ``MediaTooLarge``."""
    if seconds > limits.max_seconds:
        raise MediaTooLarge(
            f"{seconds:,.0f} seconds are over the limit of {limits.max_seconds:,.0f}",
            where=name,
            fix="Raise 'max_seconds' under 'media:' in the configuration.",
        )


def decodable(streams: Iterable[_AnyStream]) -> Iterator[_AnyStream]:
    """Yield the streams whose codec is known; one that is damaged, or too new, has none."""
    return (each for each in streams if each.codec_context is not None)


def packets(container: InputContainer, stream: _AnyStream, name: str) -> Iterator[Packet[_AnyStream]]:
    """Yield a stream's packets up to the end, or up to the damage that libav cannot pass, which is logged."""
    demuxed = container.demux(stream)
    while True:
        try:
            packet = next(demuxed, None)
        except av.FFmpegError as error:
            _log.warning("%s breaks off: %s", name, error.strerror or error)
            return
        if packet is None:
            return
        if packet.size:  # demuxing ends with an empty one
            yield packet


def start_seconds(container: InputContainer) -> float:
    """Return the time that counts as zero: where the earliest stream starts.

    Sound may start before 0, with samples that only set the decoder up; these do not count.
    """
    return max(0.0, float(container.start_time or 0) / float(av.time_base))


@contextmanager
def _telling(source: Source) -> Iterator[None]:
    try:
        yield
    except MediaError:
        raise
    except _FAILURES as error:  # libav's MemoryError too: a damaged header asks for too much
        reason = getattr(error, "strerror", None) or str(error)
        raise UnreadableMedia(f"the recording or video cannot be decoded ({reason})", where=source.name) from error
