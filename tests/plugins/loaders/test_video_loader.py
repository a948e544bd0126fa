"""Videos: frames by presentation time, exact however few packets are decoded, and the audio track."""

import gc
import os
import struct
from fractions import Fraction

import av
import numpy as np
import psutil
import pytest

from chiasm.contracts import LoaderParams
from chiasm.errors import MediaTooLarge, UnreadableMedia
from chiasm.media import Item, Limits, Source, Want
from chiasm_plugins.loaders.sampling import Sampling
from chiasm_plugins.loaders.video import VideoLoader


def load(path, **limits):
    return VideoLoader(LoaderParams(limits=Limits(**limits))).decode(Source(path=path), Want())


def numbers(frames) -> list[int]:
    """Numbers of frames, from their gray."""
    return [round(float(frame.pixels.mean()) / 2) for frame in frames]


def all_decoded(path):
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        frames = [
            (frame.pts * stream.time_base, frame.to_ndarray(format="rgb24")) for frame in container.decode(stream)
        ]
    start = min(0, frames[0][0])
    return [(float(time - start), pixels) for time, pixels in frames]


def on_screen(frames, per_second, end):
    times = np.array([time for time, _ in frames])
    samples = np.arange(0, end - 1e-5, 1 / per_second)
    return [frames[max(0, np.searchsorted(times, at + 1e-5, "right") - 1)] for at in samples]


def noise(number):
    return np.random.default_rng(number // 7).integers(0, 256, (48, 64, 3), np.uint8) // (1 + number % 3)


CODECS = [
    ("video.mp4", "libx264", {"g": "30"}),
    ("video.mov", "libx264", {"g": "10", "bf": "4", "b_strategy": "0"}),
    ("video.mkv", "libx264", {"x264-params": "open-gop=1:keyint=20:bframes=3:b-pyramid=normal"}),
    ("video.mp4", "libx264", {"g": "1000", "bf": "0"}),
    ("video.mp4", "libx265", {"x265-params": "log-level=none:keyint=24"}),
    ("video.webm", "libvpx-vp9", {"deadline": "realtime", "cpu-used": "8", "g": "20"}),
    ("video.webm", "libvpx", {"deadline": "realtime", "g": "20"}),
    ("video.mkv", "libsvtav1", {"preset": "13", "g": "24"}),
    ("video.avi", "mpeg4", {"g": "12", "bf": "2"}),
    ("video.mp4", "mpeg4", {"g": "12", "bf": "2"}),
    ("video.mov", "mjpeg", {}),
]


@pytest.mark.parametrize(("name", "codec", "options"), CODECS)
@pytest.mark.parametrize("per_second", [0.4, 1.0, 3.0, 25.0, 60.0])
def test_sampling_gives_exactly_the_frames_on_screen(video_file, name, codec, options, per_second, made):
    path = made(name, codec, options)
    every = all_decoded(path)
    expected = on_screen(every, per_second, every[-1][0] + 1 / 25)
    got = list(load(path).frames(per_second))
    assert [frame.seconds for frame in got] == pytest.approx([time for time, _ in expected], abs=2e-3)
    for frame, (_, pixels) in zip(got, expected, strict=True):
        assert np.array_equal(frame.pixels, pixels)


@pytest.fixture(scope="module")
def made(video_file):
    kept = {}

    def make(name, codec, options):
        key = (name, codec, str(options))
        if key not in kept:
            kept[key] = video_file(name, codec, frames=110, options=options, draw=noise)
        return kept[key]

    return make


def test_without_a_rate_every_frame_comes(video_file):
    frames = list(load(video_file(frames=30)).frames())
    assert len(frames) == 30
    assert [frame.seconds for frame in frames] == pytest.approx([at / 25 for at in range(30)])


def test_a_frame_that_stays_is_given_at_each_time(video_file):
    video = load(video_file(shown=[0, 10, 60, 62]))
    assert numbers(video.frames(1.0)) == [0, 1, 1]
    assert [frame.seconds for frame in video.frames(1.0)] == pytest.approx([0, 0.4, 0.4])


def test_few_packets_are_decoded_for_few_frames(video_file, made):
    path = made("video.mp4", "libx264", {"g": "30"})
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        sampling = Sampling(0.5, stream.time_base or Fraction(1), 0.0, 3600)
        steps = list(sampling.steps(packet for packet in container.demux(stream) if packet.size))
    assert len(steps) < 60 and any(step.may_skip for step in steps) and any(step.restart for step in steps)


def test_frames_come_as_small_as_asked_for(video_file):
    video = load(video_file(frames=5, size=(320, 180)))
    assert next(video.frames(1.0, min_side=90)).pixels.shape == (90, 160, 3)
    assert next(video.frames(1.0, min_side=500)).pixels.shape == (180, 320, 3)


def test_colours_are_right_for_small_and_large_frames(video_file):
    def red(_):
        return np.full((size[1], size[0], 3), (200, 30, 30), np.uint8)

    size = (320, 240)
    pixels = next(load(video_file(frames=3, size=size, draw=red)).frames()).pixels
    assert np.abs(pixels[100, 100].astype(int) - (200, 30, 30)).max() <= 4
    gray = next(load(video_file(frames=3, size=(1280, 720))).frames()).pixels
    assert gray.std() < 1


def turned(path, tmp_path, matrix):
    """Rewrite the matrix of the track header, as phones do."""
    data = bytearray(path.read_bytes())
    at = data.index(b"tkhd") + 4 + 40
    data[at : at + 36] = struct.pack(
        ">9i", *(value * (1 << (30 if place % 3 == 2 else 16)) for place, value in enumerate(matrix))
    )
    out = tmp_path / "turned.mp4"
    out.write_bytes(data)
    return out


@pytest.mark.parametrize(
    ("matrix", "turns"),
    [((0, 1, 0, -1, 0, 0, 0, 0, 1), -1), ((-1, 0, 0, 0, -1, 0, 0, 0, 1), 2), ((0, -1, 0, 1, 0, 0, 0, 0, 1), 1)],
)
def test_rotation_is_applied(video_file, tmp_path, matrix, turns):
    def corner(_):
        picture = np.zeros((48, 64, 3), np.uint8)
        picture[:24, :32] = 255
        return picture

    plain = video_file(frames=3, draw=corner)
    stored = next(load(plain).frames()).pixels
    pixels = next(load(turned(plain, tmp_path, matrix)).frames(1.0)).pixels
    assert np.array_equal(pixels, np.rot90(stored, turns))


def test_the_audio_track_is_decoded(video_file, tone):
    video = load(video_file(sound=tone(3.0, rate=48_000)))
    audio = video.audio(16_000)
    assert video.has_audio and audio.rate == 16_000
    assert audio.seconds == pytest.approx(3.0, abs=0.1)
    assert np.sqrt(np.mean(audio.samples**2)) == pytest.approx(0.5 / np.sqrt(2), abs=0.02)


def test_sound_that_starts_late_is_led_in_by_silence(video_file, tone):
    audio = load(video_file("late.mkv", sound=tone(1.0, rate=48_000), sound_at=1.5)).audio(16_000)
    loud = np.flatnonzero(np.abs(audio.samples) > 0.2)
    assert loud[0] / 16_000 == pytest.approx(1.5, abs=0.05)


def test_a_video_without_sound_says_so(video_file):
    video = load(video_file())
    assert not video.has_audio and video.has_pictures
    assert video.seconds == pytest.approx(3.0)
    with pytest.raises(UnreadableMedia, match="no audio track"):
        video.audio()


def test_a_video_without_pictures_is_a_recording(video_file, tone):
    for name in ("sound.mp4", "sound.mkv", "sound.mov"):
        item = Item.from_path(video_file(name, pictures=False, sound=tone(1.0, rate=48_000)))
        assert item.modality == "audio"
        assert item.audio().seconds == pytest.approx(1.0, abs=0.1)


def test_asked_for_pictures_a_recording_refuses(video_file, tone):
    video = load(video_file("sound.mp4", pictures=False, sound=tone(1.0, rate=48_000)))
    assert not video.has_pictures
    with pytest.raises(UnreadableMedia, match="no video stream"):
        next(video.frames(1.0))


def test_an_index_cut_off_or_overwritten_is_told(video_file, tmp_path):
    data = video_file().read_bytes()
    at = data.index(b"moov")
    cut, garbage = tmp_path / "cut.mp4", tmp_path / "garbage.mp4"
    cut.write_bytes(data[: at + 60])
    garbage.write_bytes(data[: at + 8] + np.random.default_rng(0).bytes(len(data) - at - 8))
    for path in (cut, garbage):
        with pytest.raises(UnreadableMedia):
            load(path)


def test_a_matroska_that_breaks_off_gives_what_there_is(video_file, tmp_path):
    data = video_file("whole.mkv", frames=100, draw=noise).read_bytes()
    path = tmp_path / "half.mkv"
    path.write_bytes(data[: len(data) // 2])
    assert 1 <= len(list(load(path).frames(1.0))) < 4


@pytest.mark.parametrize(("name", "codec"), [("a.mp4", "libx264"), ("a.webm", "libvpx"), ("a.avi", "mpeg4")])
def test_damaged_videos_raise_nothing_but_media_errors(video_file, tmp_path, name, codec):
    data = video_file(name, codec, frames=50, draw=noise).read_bytes()
    dice = np.random.default_rng(1)
    path = tmp_path / name
    for _ in range(25):
        damaged = bytearray(data)
        for at in dice.integers(0, len(data), 10):
            damaged[at] = dice.integers(256)
        path.write_bytes(damaged)
        try:
            list(load(path).frames(2.0))
        except (UnreadableMedia, MediaTooLarge):
            continue


def test_limits_on_pixels_seconds_and_bytes_are_checked_first(video_file):
    path = video_file()
    for limits in ({"max_pixels": 1000}, {"max_seconds": 2}, {"max_bytes": 500}):
        with pytest.raises(MediaTooLarge):
            load(path, **limits)


def test_names_of_any_bytes_and_names_that_look_like_addresses_are_read(video_file, tmp_path, monkeypatch):
    data = video_file().read_bytes()
    monkeypatch.chdir(tmp_path)
    for name in (b"caf\xe9.mp4", b"http:x.mp4", "a b\n\U0001f600.mp4".encode(), b"concat:a|b.mp4"):
        (tmp_path / os.fsdecode(name)).write_bytes(data)
    for path in sorted(tmp_path.iterdir()):
        assert numbers(Item.from_path(path).video().frames(1.0)) == [0, 25, 50]


def test_walking_away_early_closes_the_file(video_file):

    path = video_file()
    frames = load(path).frames(1.0)
    next(frames)
    frames.close()
    gc.collect()
    assert str(path) not in {each.path for each in psutil.Process().open_files()}
