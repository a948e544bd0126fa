"""Recordings: every format becomes the same mono sound, and bad ones are told."""

import io
import wave

import numpy as np
import pytest
import soxr

from chiasm.contracts import LoaderParams
from chiasm.errors import MediaTooLarge, UnreadableMedia, UnsupportedMedia
from chiasm.media import Item, Limits, Source, Want
from chiasm_plugins.loaders.audio import AudioLoader


def load(data: bytes, rate=None, **limits):
    loader = AudioLoader(LoaderParams(limits=Limits(**limits)))
    return loader.decode(Source(data=data, name="sound"), Want(rate=rate))


def pitch(audio) -> float:
    """Frequency in Hz of the strongest partial."""
    spectrum = np.abs(np.fft.rfft(audio.samples * np.hanning(len(audio.samples))))
    return float(np.argmax(spectrum) * audio.rate / len(audio.samples))


def test_wav_gives_the_very_samples(tone, sound_file):
    samples = tone()
    audio = load(sound_file(samples, subtype="FLOAT"))
    assert audio.rate == 16_000 and audio.samples.dtype == np.float32
    assert np.array_equal(audio.samples, samples)


@pytest.mark.parametrize(
    ("form", "subtype", "step"),
    [
        ("WAV", "PCM_U8", 1 / 128),
        ("WAV", "PCM_16", 1 / 32_768),
        ("WAV", "PCM_24", 1 / 8_388_608),
        ("WAV", "PCM_32", 1e-7),
        ("WAV", "DOUBLE", 1e-7),
        ("RF64", "PCM_16", 1 / 32_768),
        ("AIFF", "PCM_16", 1 / 32_768),
        ("FLAC", "PCM_16", 1 / 32_768),
        ("FLAC", "PCM_24", 1 / 8_388_608),
    ],
)
def test_every_sample_width_comes_to_the_same_scale(tone, sound_file, form, subtype, step):
    samples = tone()
    audio = load(sound_file(samples, form=form, subtype=subtype))
    assert audio.rate == 16_000
    assert np.abs(audio.samples - samples).max() <= 1.01 * step


@pytest.mark.parametrize(("form", "subtype"), [("OGG", "VORBIS"), ("OGG", "OPUS"), ("MP3", None), ("WAV", "ULAW")])
def test_lossy_formats_keep_pitch_level_and_length(tone, sound_file, form, subtype):
    audio = load(sound_file(tone(2.0, rate=48_000), 48_000, form, subtype), rate=16_000)
    assert audio.rate == 16_000 and audio.seconds == pytest.approx(2.0, abs=0.06)
    assert pitch(audio) == pytest.approx(440, abs=2)
    assert np.abs(audio.samples).max() == pytest.approx(0.5, abs=0.1)


@pytest.mark.parametrize(
    ("form", "codec"),
    [
        ("mp4", "aac"),
        ("ipod", "aac"),
        ("mov", "aac"),
        ("adts", "aac"),
        ("webm", "libopus"),
        ("matroska", "flac"),
        ("ogg", "flac"),
        ("mp3", "libmp3lame"),
    ],
)
def test_what_libav_writes_is_read(tone, av_sound, form, codec):
    audio = load(av_sound(tone(2.0, rate=48_000), form, codec), rate=16_000)
    assert audio.seconds == pytest.approx(2.0, abs=0.1)
    assert pitch(audio) == pytest.approx(440, abs=2)


def test_channels_are_averaged_and_equal_ones_keep_their_level(tone, sound_file):
    loud = tone(level=0.9, channels=2)
    assert np.abs(load(sound_file(loud, subtype="FLOAT")).samples).max() == pytest.approx(0.9, abs=0.01)
    loud[:, 1] = 0
    assert np.abs(load(sound_file(loud, subtype="FLOAT")).samples).max() == pytest.approx(0.45, abs=0.01)


def test_resampling_gives_what_soxr_gives_at_once(tone, sound_file):
    samples = tone(7.0, rate=44_100) + tone(7.0, rate=44_100, hertz=9_300, level=0.3)
    audio = load(sound_file(samples, 44_100, subtype="FLOAT"), rate=16_000)
    assert np.array_equal(audio.samples, soxr.resample(samples, 44_100, 16_000))


def test_384_khz_are_read(tone, sound_file):
    for form in ("WAV", "FLAC"):
        data = sound_file(tone(rate=384_000), 384_000, form, "PCM_24")
        assert load(data).rate == 384_000
        audio = load(data, rate=16_000)
        assert len(audio.samples) == 16_000 and pitch(audio) == pytest.approx(440, abs=2)


def test_silence_is_sound(sound_file):
    audio = load(sound_file(np.zeros(16_000, np.float32)))
    assert len(audio.samples) == 16_000 and not audio.samples.any()


def test_zero_length_is_refused():
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16_000)
    with pytest.raises(UnreadableMedia, match="no sound can be decoded"):
        load(buffer.getvalue())


@pytest.mark.parametrize("value", [np.nan, np.inf])
@pytest.mark.parametrize("at", [slice(None), slice(9_000, 9_001)])
def test_samples_that_are_not_finite_are_refused(tone, sound_file, value, at):
    samples = tone()
    samples[at] = value
    with pytest.raises(UnreadableMedia, match="not finite"):
        load(sound_file(samples, subtype="FLOAT"), rate=8_000)


def test_float_sound_over_full_scale_is_clipped(tone, sound_file):
    assert np.abs(load(sound_file(tone(level=1.7), subtype="FLOAT")).samples).max() == 1.0


@pytest.mark.parametrize(("form", "subtype"), [("WAV", "PCM_16"), ("FLAC", "PCM_16"), ("OGG", "VORBIS"), ("MP3", None)])
def test_a_recording_that_breaks_off_is_given_up_to_there(tone, sound_file, form, subtype):
    noisy = tone(8.0) + np.random.default_rng(0).normal(0, 0.05, 128_000).astype(np.float32)
    data = sound_file(noisy, form=form, subtype=subtype)
    audio = load(data[: len(data) // 2])
    assert 2.0 < audio.seconds < 7.0


def test_an_m4a_without_its_index_is_refused(tone, av_sound):
    data = av_sound(tone(2.0, rate=48_000), "mp4", "aac")
    with pytest.raises(UnreadableMedia):
        load(data[: data.rindex(b"moov") - 4])


@pytest.mark.parametrize("form", ["WAV", "FLAC", "OGG", "MP3"])
def test_damaged_recordings_raise_nothing_but_media_errors(tone, sound_file, form):
    data = sound_file(tone(), form=form)
    dice = np.random.default_rng(0)
    for _ in range(30):
        damaged = bytearray(data)
        for at in dice.integers(0, len(data) if dice.random() < 0.5 else 200, 8):
            damaged[at] = dice.integers(256)
        try:
            load(bytes(damaged), rate=16_000)
        except (UnreadableMedia, UnsupportedMedia, MediaTooLarge):
            continue


def test_more_seconds_than_the_limit_are_refused_by_header_and_by_content(tone, sound_file):
    data = sound_file(tone(3.0))
    with pytest.raises(MediaTooLarge, match="seconds are over the limit"):
        load(data, max_seconds=2)
    streamed = bytearray(data)  # as a program writes that cannot go back to fill the length in
    streamed[40:44] = b"\xff\xff\xff\xff"
    with pytest.raises(MediaTooLarge, match="seconds are over the limit"):
        load(bytes(streamed), max_seconds=2)


def test_more_bytes_than_the_limit_are_refused(tone, sound_file):
    with pytest.raises(MediaTooLarge, match="bytes"):
        load(sound_file(tone()), max_bytes=1000)


def test_titles_in_other_encodings_do_not_matter(tone, sound_file):
    tag = b"TIT2" + (5).to_bytes(4, "big") + b"\0\0\x03\xff\xfe\xe9x"
    data = b"ID3\x03\0\0" + bytes([0, 0, 0, len(tag)]) + tag + sound_file(tone(), form="MP3")
    assert load(data).seconds == pytest.approx(1.0, abs=0.1)


def test_an_item_gives_the_rate_that_is_asked_for(tmp_path, tone, sound_file):
    path = tmp_path / "misnamed.mp3"
    path.write_bytes(sound_file(tone(rate=44_100), 44_100))
    item = Item.from_path(path)
    assert (item.modality, item.media_type) == ("audio", "audio/wav")
    assert item.audio(16_000).rate == 16_000
