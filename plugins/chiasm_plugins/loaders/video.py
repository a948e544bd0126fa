"""The loader of videos: frames with their times and the audio track, decoded as they are walked through.

PyAV with slice threads is the decoder. Measured at one frame a second, 720p H.264 on two cores: OpenCV 18 times real
time, PyAV with slice threads 48, with ``sampling`` 110 (180 where key frames are a second apart); ``bench/decode.py``
repeats it. Reading through Python costs nothing measurable.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

import av
from av.container import InputContainer
from av.stream import Disposition
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from chiasm.contracts import Loader, LoaderParams
from chiasm.errors import MediaTooLarge, UnreadableMedia
from chiasm.media import VIDEO, Audio, Frame, Limits, Source, Video, Want
from chiasm_plugins.loaders.libav import decodable, opened, packets, start_seconds
from chiasm_plugins.loaders.sampling import Sampling, Step
from chiasm_plugins.loaders.screen import screen_pixels
from chiasm_plugins.loaders.sound import decode_sound

_log = logging.getLogger(__name__)


class VideoLoader(Loader[LoaderParams]):
    """Opens MP4, QuickTime, Matroska, WebM, AVI and Ogg videos."""

    modality = VIDEO

    def decode(self, source: Source, want: Want) -> Video:
        """Return the video with nothing of it decoded yet; ``want`` is left to its own methods.

        Raises:
            UnreadableMedia: Its index is damaged or cut off, or it has neither pictures nor sound.
            MediaTooLarge: It is over a limit.
        """
        limits = self.params.limits
        with opened(source, limits) as container:
            pictures = _pictures(container)
            sound = any(decodable(container.streams.audio))
            if pictures is None and not sound:
                raise UnreadableMedia("there is neither a video stream nor an audio track", where=source.name)
            if pictures is not None:
                _check_size(pictures.width, pictures.height, limits, source.name)
            seconds = float(container.duration or 0) / float(av.time_base)
            return LibavVideo(source, limits, max(seconds, 0.0), pictures is not None, sound)


@dataclass(frozen=True, slots=True)
class LibavVideo:
    """A video file; each walk through it opens it anew, so several may run at once.

    Attributes:
        source: The file.
        limits: What is decoded of it at most.
        seconds: Length by the container; 0.0 where it does not say.
        has_pictures: Whether there is a video stream; a cover picture is none.
        has_audio: Whether there is an audio track.
    """

    source: Source
    limits: Limits
    seconds: float
    has_pictures: bool
    has_audio: bool

    def frames(self, per_second: float | None = None, min_side: int | None = None) -> Iterator[Frame]:
        """Yield frames as ``chiasm.media.Video.frames`` says, upright and with square pixels.

        Raises:
            UnreadableMedia: There is no video stream, or none of it can be decoded.
            MediaTooLarge: A frame has more pixels than the limit, also where the size changes on the way.
        """
        with opened(self.source, self.limits) as container:
            stream = _pictures(container)
            if stream is None:
                raise UnreadableMedia("there is no video stream", where=self.source.name)
            empty = True
            zero = start_seconds(container)
            last: tuple[VideoFrame, Frame] | None = None
            for frame in self._decoded(container, stream, per_second, zero):
                if last is None or last[0] is not frame:  # shown again, it is not converted again
                    _check_size(frame.width, frame.height, self.limits, self.source.name)
                    seconds = max(0.0, float((frame.pts or 0) * (stream.time_base or 0)) - zero)
                    last = frame, Frame(screen_pixels(frame, stream, min_side), seconds)
                empty = False
                yield last[1]
            if empty:
                raise UnreadableMedia("no frame can be decoded from it", where=self.source.name)

    def audio(self, rate: int = 16_000) -> Audio:
        """Decode the audio track to mono at ``rate`` Hz. Raises as ``chiasm.media.Video.audio`` does."""
        with opened(self.source, self.limits) as container:
            return decode_sound(container, rate, self.limits, self.source.name)

    def _decoded(
        self, container: InputContainer, stream: VideoStream, per_second: float | None, zero: float
    ) -> Iterator[VideoFrame]:
        stream.thread_type = "SLICE"
        stream.codec_context.open(strict=False)  # before any frame may be skipped, which some decoders fix when opened
        demuxed = packets(container, stream, self.source.name)
        if per_second is None:
            steps = (Step(packet, may_skip=False, restart=False) for packet in demuxed)
            yield from _decode(stream, steps, self.source.name)
        else:
            clock = stream.time_base or Fraction(1, 1_000_000)
            sampling = Sampling(per_second, clock, zero, self.limits.max_seconds)
            yield from sampling.shown(_decode(stream, sampling.steps(demuxed), self.source.name))


def _decode(stream: VideoStream, steps: Iterator[Step], name: str) -> Iterator[VideoFrame]:
    """Yield the frames of the steps; damaged packets are left out, which is logged."""
    decoder = stream.codec_context
    damaged, count = 0, 0
    for packet, may_skip, restart in steps:
        if restart:
            yield from _drained(stream)
            decoder.flush_buffers()
        decoder.skip_frame = "NONREF" if may_skip else "DEFAULT"
        try:
            frames = decoder.decode(packet)
        except av.FFmpegError:
            damaged += 1
            continue
        for frame in frames:
            yield _timed(frame, stream, count)
            count += 1
    for frame in _drained(stream):
        yield _timed(frame, stream, count)
        count += 1
    if damaged:
        _log.warning("%s: %d damaged packets of video left out", name, damaged)


def _drained(stream: VideoStream) -> list[VideoFrame]:
    try:
        return stream.codec_context.decode(None)
    except av.FFmpegError:  # nothing was held back
        return []


def _timed(frame: VideoFrame, stream: VideoStream, count: int) -> VideoFrame:
    """Give a frame of a container that stores no times its time, from the frame rate."""
    if frame.pts is None:
        frame.pts = round(count / (stream.average_rate or 25) / (stream.time_base or 1))
    return frame


def _pictures(container: InputContainer) -> VideoStream | None:
    cover = Disposition.attached_pic
    return next((each for each in decodable(container.streams.video) if not each.disposition & cover), None)


def _check_size(width: int, height: int, limits: Limits, name: str) -> None:
    if width * height > limits.max_pixels:
        raise MediaTooLarge(
            f"frames of {width:,} x {height:,} pixels are over the limit of {limits.max_pixels:,}",
            where=name,
            fix="Raise 'max_pixels' under 'media:' in the configuration if the file is trusted.",
        )
