"""Decoders of every format side by side, on media made here; ratios are to the plain way of reading that format."""

import argparse
import io
import tempfile
import time
from collections.abc import Callable
from fractions import Fraction
from functools import partial
from pathlib import Path

import av
import cv2
import numpy as np
import simplejpeg
import soundfile
import soxr
from PIL import Image
from skimage import data

from bench.machine import print_machine
from chiasm.contracts import LoaderParams
from chiasm.media import Source, Want
from chiasm_plugins.loaders.audio import AudioLoader
from chiasm_plugins.loaders.image import decode_image
from chiasm_plugins.loaders.video import VideoLoader

FRAME_RATE = 25


def rate(work: Callable[[], object], seconds: float) -> float:
    """Runs of ``work`` a second of processor time, so that other work on the machine counts little."""
    work()
    runs, start = 0, time.process_time()
    while (spent := time.process_time() - start) < seconds or runs == 0:
        work()
        runs += 1
    return runs / spent


def compare(title: str, ways: dict[str, Callable[[], object]], seconds: float, unit: str, scale: float = 1.0) -> None:
    rates = {name: rate(work, seconds) * scale for name, work in ways.items()}
    base = next(iter(rates.values()))
    parts = [f"{name} {each:.0f}{unit} ({each / base:.1f}x)" for name, each in rates.items()]
    print(f"{title:10} {'; '.join(parts)}", flush=True)


def photograph() -> np.ndarray:
    """1.5 megapixels with a camera's noise."""
    picture = cv2.resize(data.astronaut(), (1400, 1050), interpolation=cv2.INTER_CUBIC)
    noise = np.random.default_rng(0).integers(0, 6, picture.shape, dtype=np.uint8)
    return cv2.add(picture, noise)


def pillow(encoded: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(encoded)).convert("RGB"))


def pillow_draft(encoded: bytes) -> np.ndarray:
    image = Image.open(io.BytesIO(encoded))
    image.draft("RGB", (256, 256))
    return np.asarray(image)


def opencv(encoded: bytes, flags: int = cv2.IMREAD_COLOR_RGB) -> np.ndarray | None:
    return cv2.imdecode(np.frombuffer(encoded, np.uint8), flags)


def pictures(seconds: float) -> None:
    print("\npictures of 1.5 megapixels, a second of one core")
    photo = Image.fromarray(photograph())
    forms = {
        "JPEG": ("JPEG", {"quality": 90}),
        "PNG": ("PNG", {}),
        "WebP": ("WEBP", {"quality": 85}),
        "GIF": ("GIF", {}),
        "TIFF": ("TIFF", {"compression": "tiff_lzw"}),
        "BMP": ("BMP", {}),
    }
    cv2.setNumThreads(1)
    for name, (form, options) in forms.items():
        buffer = io.BytesIO()
        photo.save(buffer, form, **options)
        encoded = buffer.getvalue()
        ways: dict[str, Callable[[], object]] = {
            "Pillow": partial(pillow, encoded),
            "OpenCV": partial(opencv, encoded),
            "chiasm": partial(decode_image, encoded),
        }
        if name == "JPEG":
            ways |= {
                "simplejpeg": partial(simplejpeg.decode_jpeg, encoded, "RGB"),
                "to 256: Pillow draft": partial(pillow_draft, encoded),
                "OpenCV reduced": partial(opencv, encoded, cv2.IMREAD_REDUCED_COLOR_4),
                "chiasm reduced": partial(decode_image, encoded, min_side=256),
            }
        compare(name, ways, seconds, "/s")


def by_soundfile(encoded: bytes) -> np.ndarray:
    blocks = []
    with soundfile.SoundFile(io.BytesIO(encoded)) as file:
        resampler = soxr.ResampleStream(file.samplerate, 16_000, 1, dtype="float32")
        while len(block := file.read(1 << 16, dtype="float32", always_2d=True)):
            blocks.append(resampler.resample_chunk(block.mean(axis=1)))
        blocks.append(resampler.resample_chunk(np.zeros(0, np.float32), last=True))
    return np.concatenate(blocks)


def frame_by_frame(encoded: bytes) -> np.ndarray:
    """PyAV and its own resampler, the usual way."""
    with av.open(io.BytesIO(encoded)) as container:
        resampler = av.AudioResampler(format="s16", layout="mono", rate=16_000)
        decoded = [part for frame in container.decode(audio=0) for part in resampler.resample(frame)]
        return np.concatenate([part.to_ndarray()[0] for part in [*decoded, *resampler.resample(None)]])


def recordings(seconds: float, length: int) -> None:
    print("\nrecordings, stereo, 44.1 kHz to mono, 16 kHz; times real time on one core")
    random = np.random.default_rng(0)
    at = np.arange(44_100 * length) / 44_100
    tone = 0.4 * np.sin(2 * np.pi * (220 + 40 * np.sin(at)) * at) + random.normal(0, 0.02, len(at))
    samples = np.stack([tone, 0.8 * tone], axis=1).astype(np.float32)
    for name, form, subtype in [
        ("WAV", "WAV", "PCM_16"),
        ("FLAC", "FLAC", "PCM_16"),
        ("Vorbis", "OGG", "VORBIS"),
        ("MP3", "MP3", None),
        ("AAC", "mp4", "aac"),
        ("Opus", "ogg", "libopus"),
    ]:
        libav = form.islower()
        encoded = encode_by_libav(samples, form, str(subtype)) if libav else encode_by_soundfile(samples, form, subtype)
        loader, source = AudioLoader(LoaderParams()), Source(data=encoded, name=name)
        ways: dict[str, Callable[[], object]] = {
            "soundfile and soxr": partial(by_soundfile, encoded),
            "PyAV frame by frame": partial(frame_by_frame, encoded),
            "chiasm": partial(loader.decode, source, Want(rate=16_000)),
        }
        if name == "AAC":
            del ways["soundfile and soxr"]
        compare(name, ways, seconds, "x", length)


def encode_by_soundfile(samples: np.ndarray, form: str, subtype: str | None) -> bytes:
    buffer = io.BytesIO()
    with soundfile.SoundFile(buffer, "w", 44_100, 2, format=form, subtype=subtype) as file:
        for start in range(0, len(samples), 4096):
            file.write(samples[start : start + 4096])
    return buffer.getvalue()


def encode_by_libav(samples: np.ndarray, form: str, codec: str) -> bytes:
    buffer = io.BytesIO()
    sound_rate = 48_000 if codec == "libopus" else 44_100
    samples = samples if sound_rate == 44_100 else soxr.resample(samples, 44_100, sound_rate)
    with av.open(buffer, "w", format=form) as container:
        stream = container.add_stream(codec, rate=sound_rate)
        stream.layout = "stereo"
        size = stream.codec_context.frame_size or 1024
        resampler = av.AudioResampler(stream.format.name, "stereo", sound_rate, frame_size=size)
        frame = av.AudioFrame.from_ndarray(samples.reshape(1, -1), format="flt", layout="stereo")
        frame.rate = sound_rate
        for part in [*resampler.resample(frame), *resampler.resample(None)]:
            container.mux(stream.encode(part))
        container.mux(stream.encode(None))
    return buffer.getvalue()


def write_video(path: Path, seconds: int, key_frames: int, size: tuple[int, int] = (1280, 720)) -> None:
    """Write a slow pan over photographs that change every three seconds, H.264 with libx264's defaults."""
    width, height = size
    sources = [data.astronaut(), data.coffee(), data.chelsea(), data.rocket()]
    large = [cv2.resize(each, (width * 5 // 4, height * 5 // 4)) for each in sources]
    random = np.random.default_rng(0)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=FRAME_RATE, options={"g": str(key_frames)})
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        for number in range(seconds * FRAME_RATE):
            scene, step = divmod(number, 3 * FRAME_RATE)
            at = step * width // (12 * FRAME_RATE)
            view = large[scene % len(large)][at // 2 : at // 2 + height, at : at + width]
            noisy = cv2.add(view, random.integers(0, 8, view.shape, dtype=np.uint8))
            frame = av.VideoFrame.from_ndarray(noisy, format="rgb24")
            frame.pts, frame.time_base = number, Fraction(1, FRAME_RATE)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def read_all_by_opencv(path: Path) -> int:
    capture = cv2.VideoCapture(str(path))
    taken = number = 0
    while capture.read()[0]:
        taken += number % FRAME_RATE == 0
        number += 1
    return taken


def decode_all_by_pyav(path: Path) -> int:
    taken = 0
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        stream.thread_type = "SLICE"
        for number, frame in enumerate(container.decode(stream)):
            if number % FRAME_RATE == 0:
                frame.to_ndarray(format="rgb24")
                taken += 1
    return taken


def by_chiasm(path: Path) -> int:
    video = VideoLoader(LoaderParams()).decode(Source(path=path), Want())
    return sum(1 for _ in video.frames(1.0))


def videos(seconds: float, length: int) -> None:
    print("\n720p H.264, a frame a second; times real time, of processor time")
    cv2.setNumThreads(2)
    with tempfile.TemporaryDirectory() as folder:
        for title, key_frames in (("default", 250), ("key 1 s", FRAME_RATE)):
            path = Path(folder, f"{key_frames}.mp4")
            write_video(path, length, key_frames)
            ways = {
                "OpenCV read all": partial(read_all_by_opencv, path),
                "PyAV slice threads": partial(decode_all_by_pyav, path),
                "chiasm": partial(by_chiasm, path),
            }
            assert len({work() for work in ways.values()}) == 1
            compare(title, ways, seconds, "x", length)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="shorter media and fewer runs")
    quick = parser.parse_args().quick
    print_machine()
    pictures(0.2 if quick else 1.0)
    recordings(0.2 if quick else 1.0, 20 if quick else 120)
    videos(0.2 if quick else 2.0, 6 if quick else 30)


if __name__ == "__main__":
    main()
