"""faster-whisper: spoken sentences come back as words, at their time, and silence gives nothing."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile
from pydantic import ValidationError

from chiasm.errors import ChiasmError, ModelUnavailable, UnreadableMedia
from chiasm.media import Item, TimeSpan
from chiasm_plugins.starter import starter_model
from chiasm_plugins.translators import faster_whisper, whisper_model
from chiasm_plugins.translators.faster_whisper import FasterWhisperTranslator
from chiasm_plugins.translators.faster_whisper_params import FasterWhisperParams

SENTENCES = (
    "Fresh bread needs flour, water, salt and a little patience.",
    "The train to the mountains leaves at seven in the morning.",
    "Our cat sleeps all day and hunts mice at night.",
)


def words(text: str) -> list[str]:
    return re.findall(r"[a-z']+|\d+", text.lower())


def word_errors(said: str, heard: str) -> float:
    """Word error rate: the edit distance between the words, over the number of words said."""
    reference, result = words(said), words(heard)
    row = np.arange(len(result) + 1)
    for at, expected in enumerate(reference, start=1):
        previous, row = row, np.full(len(result) + 1, at)
        for column, found in enumerate(result, start=1):
            row[column] = min(previous[column] + 1, row[column - 1] + 1, previous[column - 1] + int(expected != found))
    return int(row[-1]) / len(reference)


def video_of(path: Path, samples: np.ndarray | None, rate: int = 16_000) -> Path:
    """Write two seconds of grey, with sound where there is any."""
    with av.open(str(path), "w") as container:
        pictures = container.add_stream("mpeg4", rate=5)
        pictures.width, pictures.height, pictures.pix_fmt = 64, 64, "yuv420p"
        track = container.add_stream("aac", rate=rate, layout="mono") if samples is not None else None
        for _ in range(10):
            frame = av.VideoFrame.from_ndarray(np.full((64, 64, 3), 90, np.uint8), format="rgb24")
            container.mux(pictures.encode(frame))
        container.mux(pictures.encode())
        if track is not None and samples is not None:
            frame = av.AudioFrame.from_ndarray(samples[None, :], format="fltp", layout="mono")
            frame.sample_rate = rate
            container.mux(track.encode(frame))
            container.mux(track.encode())
    return path


def test_spoken_sentences_come_back_one_segment_each_with_their_times(hearing, speech):
    sound = speech(*SENTENCES, lead=2.0)
    [segments] = hearing.translate([Item.of_audio(sound.samples, sound.rate)])
    assert len(segments) == 3
    assert word_errors(" ".join(SENTENCES), " ".join(each.text() for each in segments)) <= 0.1
    start = 0.0
    for said, segment in zip(SENTENCES, segments, strict=True):
        seconds = speech(said).seconds
        assert isinstance(segment.span, TimeSpan)
        assert segment.span.start == pytest.approx(start + 2.0, abs=0.5)
        assert segment.span.end == pytest.approx(start + 2.0 + seconds - 0.4, abs=0.5)
        start += 2.0 + seconds


def test_segments_say_how_they_were_made(hearing, speech):
    sound = speech(SENTENCES[0])
    [[segment]] = hearing.translate([Item.of_audio(sound.samples, sound.rate)])
    made = segment.provenance
    assert made is not None
    assert (made.producer, made.source_modality) == ("faster-whisper", "audio")
    assert made.revision == starter_model("starter:whisper-tiny.en").revision
    assert made.confidence is not None
    assert 0.5 < made.confidence <= 1
    assert json.loads(json.dumps(made.to_payload()))["language"] == "en"


def test_words_keep_their_times_when_asked_for(speech):
    translator = FasterWhisperTranslator(FasterWhisperParams(words=True))
    sound = speech(SENTENCES[2], lead=1.0)
    [[segment]] = translator.translate([Item.of_audio(sound.samples, sound.rate)])
    translator.close()
    assert segment.provenance is not None
    timed = json.loads(json.dumps(segment.provenance.to_payload()))["words"]
    assert " ".join(word for word, _, _ in timed) == segment.text()
    assert isinstance(segment.span, TimeSpan)
    assert timed[0][1] == pytest.approx(segment.span.start, abs=0.01)
    assert all(start <= end for _, start, end in timed)


@pytest.mark.parametrize("kind", ["silence", "noise", "hum", "nothing", "a click"])
def test_what_is_not_speech_gives_nothing(hearing, kind):
    seconds = np.arange(16_000 * 20) / 16_000
    samples = {
        "silence": np.zeros(16_000 * 20),
        "noise": np.random.default_rng(7).normal(0, 0.05, 16_000 * 20),
        "hum": 0.2 * np.sin(2 * np.pi * 100 * seconds),
        "nothing": np.zeros(0),
        "a click": np.ones(80),
    }[kind]
    assert hearing.translate([Item.of_audio(samples.astype(np.float32), 16_000)]) == [[]]


def test_results_come_in_the_order_of_the_items(hearing, speech):
    items = [Item.of_audio(speech(said).samples, 16_000) for said in (SENTENCES[1], SENTENCES[0])]
    items.insert(1, Item.of_audio(np.zeros(16_000, np.float32), 16_000))
    train, silence, bread = hearing.translate(items)
    assert "train" in train[0].text()
    assert silence == []
    assert "bread" in bread[0].text()
    assert hearing.translate([]) == []


def test_files_of_other_rates_and_channels_are_heard_alike(hearing, speech, tmp_path):
    sound = speech(SENTENCES[0], rate=44_100)
    path = tmp_path / "bread.flac"
    soundfile.write(path, np.stack([sound.samples, sound.samples], axis=1), 44_100)
    [[segment]] = hearing.translate([Item.from_path(path)])
    assert word_errors(SENTENCES[0], segment.text()) <= 0.2


def test_the_track_of_a_video_is_heard(hearing, speech, tmp_path):
    path = video_of(tmp_path / "film.mp4", speech(SENTENCES[1], lead=1.0).samples)
    [[segment]] = hearing.translate([Item.from_path(path)])
    assert "train" in segment.text()
    assert segment.span.start == pytest.approx(1.0, abs=0.5)
    assert segment.provenance.source_modality == "video"


def test_a_video_without_a_track_gives_nothing(hearing, tmp_path):
    assert hearing.translate([Item.from_path(video_of(tmp_path / "mute.mp4", None))]) == [[]]


def test_a_truncated_recording_is_an_error_not_silence(hearing, speech, tmp_path):
    path = tmp_path / "cut.flac"
    soundfile.write(path, speech(SENTENCES[0]).samples, 16_000)
    path.write_bytes(path.read_bytes()[:60])
    with pytest.raises(UnreadableMedia):
        hearing.translate([Item.from_path(path)])


def test_a_long_recording_is_heard_in_windows_with_times_from_its_start(hearing, speech, monkeypatch):
    monkeypatch.setattr(faster_whisper, "WINDOW_SECONDS", 61.0)
    sound = speech(*SENTENCES, lead=22.0)
    [segments] = hearing.translate([Item.of_audio(sound.samples, sound.rate)])
    assert word_errors(" ".join(SENTENCES), " ".join(each.text() for each in segments)) <= 0.15
    starts = [each.span.start for each in segments]
    expected = np.cumsum([22.0] + [22.0 + speech(said).seconds for said in SENTENCES[:2]])
    assert starts == pytest.approx(expected.tolist(), abs=0.6)


def test_without_voice_detection_recordings_over_half_a_minute_are_heard_too(speech):
    translator = FasterWhisperTranslator(FasterWhisperParams(vad=False, beam_size=1))
    sound = speech(*SENTENCES, lead=9.0)
    [segments] = translator.translate([Item.of_audio(sound.samples, sound.rate)])
    translator.close()
    heard = " ".join(each.text() for each in segments)
    assert "bread" in heard
    assert "mice at night" in heard


def test_loading_again_after_close_works(speech):
    translator = FasterWhisperTranslator(FasterWhisperParams())
    item = Item.of_audio(speech(SENTENCES[2]).samples, 16_000)
    first = translator.translate([item])[0][0].text()
    translator.close()
    assert translator.translate([item])[0][0].text() == first
    translator.close()


def test_the_model_is_described_before_it_is_loaded():
    [info] = FasterWhisperTranslator(FasterWhisperParams()).models()
    assert info.download_bytes == 0
    assert info.memory_bytes is not None
    assert 70e6 < info.memory_bytes < 80e6


def test_a_model_in_a_folder_is_identified_by_its_weights(tmp_path):
    folder = tmp_path / "tiny"
    shutil.copytree(starter_model("starter:whisper-tiny.en").locate(), folder)
    files = whisper_model.fetch_whisper(str(folder), None)
    assert files.revision == starter_model("starter:whisper-tiny.en").revision


def test_a_model_that_is_not_on_this_machine_is_refused_with_the_command_that_fetches_it(monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    translator = FasterWhisperTranslator(FasterWhisperParams(model="small"))
    assert translator.models()[0].download_bytes is None
    with pytest.raises(ModelUnavailable, match="hf download Systran/faster-whisper-small"):
        translator.load()


def test_what_is_no_model_is_refused(tmp_path):
    for model in ("enormous", str(tmp_path / "missing"), str(tmp_path)):
        with pytest.raises(ModelUnavailable, match=r"size|CTranslate2"):
            FasterWhisperTranslator(FasterWhisperParams(model=model)).load()


def test_damaged_weights_are_refused_as_chiasms_own_error(tmp_path):
    folder = tmp_path / "tiny"
    shutil.copytree(starter_model("starter:whisper-tiny.en").locate(), folder)
    (folder / "model.bin").write_bytes(b"not a model")
    with pytest.raises(ChiasmError, match="cannot be loaded"):
        FasterWhisperTranslator(FasterWhisperParams(model=str(folder))).load()


def test_an_english_model_refuses_another_language_before_loading():
    with pytest.raises(ValidationError, match="knows English only"):
        FasterWhisperParams(model="starter:whisper-tiny.en", language="de")


def test_a_language_that_the_model_does_not_know_is_refused(tmp_path):
    folder = tmp_path / "tiny"
    shutil.copytree(starter_model("starter:whisper-tiny.en").locate(), folder)
    with pytest.raises(ModelUnavailable, match="language 'xx'"):
        FasterWhisperTranslator(FasterWhisperParams(model=str(folder), language="xx")).load()
