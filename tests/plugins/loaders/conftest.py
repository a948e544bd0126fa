"""Makes real files of every format that the loaders read."""

from __future__ import annotations

import io
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile
from PIL import Image


@pytest.fixture(scope="session")
def photo() -> np.ndarray:
    """A photograph, uint8 ``[512, 512, 3]``."""
    from skimage import data

    return np.ascontiguousarray(data.astronaut())


@pytest.fixture(scope="session")
def encoded(photo) -> Callable[..., bytes]:
    """The photograph, or another picture, as the bytes of a file of a format."""

    def encode(form: str, picture: np.ndarray | Image.Image | None = None, **options) -> bytes:
        picture = photo if picture is None else picture
        image = picture if isinstance(picture, Image.Image) else Image.fromarray(picture)
        buffer = io.BytesIO()
        image.save(buffer, form, **options)
        return buffer.getvalue()

    return encode


@pytest.fixture(scope="session")
def tone() -> Callable[..., np.ndarray]:
    """A sine, float32 ``[samples]`` or ``[samples, channels]``."""

    def make(seconds=1.0, rate=16_000, hertz=440.0, level=0.5, channels=1) -> np.ndarray:
        wave = (level * np.sin(2 * np.pi * hertz * np.arange(int(seconds * rate)) / rate)).astype(np.float32)
        return wave if channels == 1 else np.stack([wave] * channels, axis=1)

    return make


@pytest.fixture(scope="session")
def sound_file() -> Callable[..., bytes]:
    """Samples as a file, written by libsndfile."""

    def make(samples: np.ndarray, rate=16_000, form="WAV", subtype=None) -> bytes:
        buffer = io.BytesIO()
        channels = samples.shape[1] if samples.ndim > 1 else 1
        with soundfile.SoundFile(buffer, "w", rate, channels, format=form, subtype=subtype) as file:
            for at in range(0, len(samples), 4096):
                file.write(samples[at : at + 4096])
        return buffer.getvalue()

    return make


@pytest.fixture(scope="session")
def av_sound() -> Callable[..., bytes]:
    """Samples as a file, written by libav."""

    def make(samples: np.ndarray, form: str, codec: str, rate=48_000) -> bytes:
        buffer = io.BytesIO()
        with av.open(buffer, "w", format=form) as container:
            _write_sound(container, container.add_stream(codec, rate=rate), samples, rate)
        return buffer.getvalue()

    return make


def _write_sound(container, stream, samples, rate, at=0.0):
    layout = "mono" if samples.ndim == 1 else "stereo"
    if not stream.codec_context.is_open:
        stream.layout = layout
    size = stream.codec_context.frame_size or 1024
    resampler = av.AudioResampler(format=stream.format.name, layout=layout, rate=rate, frame_size=size)
    frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples.reshape(1, -1)), format="flt", layout=layout)
    frame.rate, frame.time_base = rate, Fraction(1, rate)
    frame.pts = round(at * rate)
    for piece in [*resampler.resample(frame), *resampler.resample(None)]:
        container.mux(stream.encode(piece))
    container.mux(stream.encode(None))


@pytest.fixture(scope="session")
def video_file(tmp_path_factory) -> Callable[..., Path]:
    """A video whose frame k is a gray of level 2 k, so that a frame tells its number.

    ``shown`` gives the times of the frames in ticks of 1 / ``rate``; ``sound`` is muxed as a second stream.
    """
    folder = tmp_path_factory.mktemp("videos")

    def make(
        name="video.mp4", codec="libx264", rate=25, frames=75, size=(64, 48), options=None, sound=None, shown=None,
        draw=None, sound_at=0.0, sound_rate=48_000, audio_codec="aac", pictures=True,
    ) -> Path:  # fmt: skip
        path = folder / f"{len(list(folder.iterdir()))}-{name}"
        with av.open(path, "w") as container:
            if pictures:
                stream = container.add_stream(codec, rate=rate, options=options or {})
                stream.width, stream.height = size
                stream.pix_fmt = "yuv420p" if codec != "mjpeg" else "yuvj420p"
            if sound is not None:
                track = container.add_stream(audio_codec, rate=sound_rate)
                track.layout = "mono"
            if pictures:
                for number, at in enumerate(shown or range(frames)):
                    picture = draw(number) if draw else np.full((size[1], size[0], 3), 2 * number, np.uint8)
                    frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
                    frame.pts, frame.time_base = at, Fraction(1, rate)
                    container.mux(stream.encode(frame))
                container.mux(stream.encode(None))
            if sound is not None:
                _write_sound(container, track, sound, sound_rate, sound_at)
        return path

    return make
