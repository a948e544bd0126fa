"""Decodes one sound track to mono float32, in blocks, so that memory holds little more than the result.

PyAV with its sample queue decodes every format faster than soundfile does (times real time, one core, to 16 kHz: WAV
1 635 against 1 052, FLAC 734 to 654, Vorbis 1 120 to 509, MP3 1 002 to 637, Opus 598 to 195, AAC 1 108 to none;
``bench/decode.py`` repeats it), so it is the one decoder of sound. soxr resamples: it takes no longer than libav's own
resampler, which lets 8.2 kHz through at -15 dB when going to 16 kHz, and gives sample for sample what
``Audio.resampled`` gives. Channels are averaged: libav's own float downmix of two equal channels is 3 dB too loud.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator

import av
import numpy as np
import soxr
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import InputContainer
from numpy.typing import NDArray

from chiasm.errors import UnreadableMedia
from chiasm.media import Audio, Limits
from chiasm_plugins.loaders.libav import check_seconds, decodable, packets, start_seconds

_log = logging.getLogger(__name__)

_BLOCK = 1 << 16
"""Samples converted and resampled at a time; block by block is 1.5 times as fast as frame by frame."""

Samples = NDArray[np.float32]


def decode_sound(container: InputContainer, rate: int | None, limits: Limits, name: str) -> Audio:
    """Decode the first sound track.

    A track that starts later than the container is led in by silence, so that times in the sound are times in the
    video. A track that breaks off, or has damaged packets, is given without them, which is logged.

    Args:
        container: Opened with ``libav.opened``.
        rate: Sample rate of the result in Hz; the track's own when ``None``.
        limits: Its ``max_seconds`` is also checked while decoding, since headers lie.
        name: How messages call the file.

    Raises:
        UnreadableMedia: There is no track, none of it can be decoded, or it holds values that are not finite.
        MediaTooLarge: It goes on for more than ``limits.max_seconds``.
    """
    stream = next(decodable(container.streams.audio), None)
    if stream is None:
        raise UnreadableMedia("there is no audio track", where=name)
    track = _Track(rate)
    lead = float((stream.start_time or 0) * (stream.time_base or 0)) - start_seconds(container)
    for frame in _frames(container, stream, name):
        if lead > 0:
            check_seconds(lead, limits, name)
            track.add(np.zeros(round(lead * frame.sample_rate), np.float32), frame.sample_rate)
            lead = 0.0
        samples = _mono(frame)
        if not np.isfinite(samples).all():
            raise UnreadableMedia("the sound has samples that are not finite numbers", where=name)
        track.add(np.clip(samples, -1.0, 1.0), frame.sample_rate)
        check_seconds(track.seconds, limits, name)
    audio = track.finish()
    if audio is None:
        raise UnreadableMedia("no sound can be decoded from it", where=name)
    return audio


class _Track:
    """Collects blocks at one rate; a track whose own rate changes on the way is resampled to its first."""

    def __init__(self, rate: int | None) -> None:
        self.rate = rate
        self.seconds = 0.0
        self._bytes = bytearray()
        self._source_rate = 0
        self._resampler: soxr.ResampleStream | None = None

    def add(self, samples: Samples, rate: int) -> None:
        self.rate = self.rate or rate
        if rate != self._source_rate:
            self._flush()
            self._source_rate = rate
            self._resampler = soxr.ResampleStream(rate, self.rate, 1, dtype="float32") if rate != self.rate else None
        self.seconds += len(samples) / rate
        self._bytes += (self._resampler.resample_chunk(samples) if self._resampler else samples).tobytes()

    def finish(self) -> Audio | None:
        self._flush()
        if not self._bytes or self.rate is None:
            return None
        return Audio(np.frombuffer(self._bytes, np.float32), self.rate)

    def _flush(self) -> None:
        if self._resampler:
            self._bytes += self._resampler.resample_chunk(np.zeros(0, np.float32), last=True).tobytes()


def _mono(frame: AudioFrame) -> Samples:
    channels = frame.to_ndarray()
    mono: Samples = channels.mean(axis=0, dtype=np.float32) if len(channels) > 1 else channels[0]
    return mono


def _frames(container: InputContainer, stream: AudioStream, name: str) -> Iterator[AudioFrame]:
    """Yield float frames of ``_BLOCK`` samples or more, a channel a row."""
    queue = av.AudioFifo()
    kind: tuple[str, str, int] | None = None
    for frame in _decoded(container, stream, name):
        frame.pts = None  # the queue would refuse what does not follow without a gap
        this = (frame.format.name, frame.layout.name, frame.sample_rate)
        if kind is not None and this != kind:
            yield from _floats(queue)
            queue = av.AudioFifo()
        kind = this
        queue.write(frame)
        if queue.samples >= _BLOCK:
            yield from _floats(queue)
    yield from _floats(queue)


def _floats(queue: av.AudioFifo) -> Iterator[AudioFrame]:
    if queue.samples:
        frame = queue.read()
        yield from av.AudioResampler(format="fltp", layout=frame.layout, rate=frame.sample_rate).resample(frame)


def _decoded(container: InputContainer, stream: AudioStream, name: str) -> Iterator[AudioFrame]:
    damaged = 0
    for packet in packets(container, stream, name):
        try:
            yield from stream.codec_context.decode(packet)
        except av.FFmpegError:
            damaged += 1
    if damaged:
        _log.warning("%s: %d damaged packets of sound left out", name, damaged)
    try:
        yield from stream.codec_context.decode(None)
    except av.FFmpegError:  # nothing was held back, or the decoder never started
        return
