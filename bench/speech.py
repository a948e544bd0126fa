"""Speech to text: chiasm's translator and pipeline beside bare faster-whisper, batched and plain, in one run.

The bound is 5% over the bare batched pipeline with the same settings. Processor time is given beside wall time, since
a busy machine changes only the latter; word errors say that speed was not bought with them.
"""

import argparse
import re
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import soundfile

from bench.machine import print_machine
from chiasm import Pipeline
from chiasm.demo.voice import Voice
from chiasm.media import Item
from chiasm.runtime.processor import usable_threads
from chiasm_plugins.starter import starter_model
from chiasm_plugins.translators.faster_whisper import FasterWhisperTranslator
from chiasm_plugins.translators.faster_whisper_params import FasterWhisperParams

BOUND = 1.05

SENTENCES = """
The lighthouse keeper climbed many steps every evening to light the lamp.
Fresh bread needs flour, water, salt and a little patience.
The train to the mountains leaves early in the morning from the last platform.
Our cat sleeps all day on the warm windowsill and hunts mice at night.
Most of the harbor froze over during the coldest week of January.
She tuned the old violin before the concert and replaced the strings.
The engineers tested the rocket engine several times before the launch.
Bees communicate the distance of flowers by dancing inside the hive.
A good coffee depends on fresh beans, clean water and the right temperature.
The museum opens on Sundays, but the garden is closed until spring.
He repaired the bicycle chain with a small hammer and a piece of wire.
The river flooded the lower fields after some days of heavy rain.
Astronauts train under water because floating resembles weightlessness.
The library keeps handwritten letters from an earlier century.
Please remember to water the tomatoes and close the greenhouse door.
The mayor promised to rebuild the bridge before the end of next year.
Volcanic soil is dark, fertile and rich in minerals.
They sailed around the island in a wooden boat without a motor.
The doctor explained that sleep is as important as exercise.
My grandmother baked apple cake every Saturday afternoon.
""".strip().splitlines()

PIPELINE = """
chiasm: 1
index:
  - translate: audio -> transcript
    with: {use: faster-whisper}
  - encode: transcript
    with: {use: bm25}
store: {use: qdrant-edge}
"""


def make_recording(path: Path, minutes: float) -> str:
    """Write a FLAC file of spoken sentences with pauses and faint noise, and return what is said."""
    voice, random = Voice(), np.random.default_rng(1)
    spoken = [voice.speak(sentence).resampled(16_000).samples for sentence in SENTENCES]
    pieces, said, seconds = [], [], 0.0
    while seconds < minutes * 60:
        at = len(said) % len(SENTENCES)
        pieces += [np.zeros(int(random.uniform(0, 0.8) * 16_000), np.float32), spoken[at]]
        said.append(SENTENCES[at])
        seconds += sum(map(len, pieces[-2:])) / 16_000
    sound = np.concatenate(pieces)
    soundfile.write(path, sound + random.normal(0, 0.01, len(sound)).astype(np.float32), 16_000)
    return " ".join(said)


def word_errors(said: str, heard: str) -> float:
    reference, result = (re.findall(r"[a-z']+|\d+", text.lower()) for text in (said, heard))
    row = np.arange(len(result) + 1)
    for at, expected in enumerate(reference, start=1):
        same = np.array([word != expected for word in result])
        best = np.minimum(row[1:] + 1, row[:-1] + same)
        row = np.concatenate([[at], best])
        # Insertions run along the row, so they are taken after the rest.
        row = np.minimum.accumulate(row - np.arange(len(row))) + np.arange(len(row))
    return float(row[-1]) / len(reference)


def ways(path: Path, work: Path) -> dict[str, Callable[[], str]]:
    """Return each way of transcribing, by name, with its model loaded."""
    from faster_whisper import BatchedInferencePipeline, WhisperModel

    params = FasterWhisperParams()
    folder = str(starter_model(params.model).locate())
    model = WhisperModel(folder, device="cpu", compute_type="auto", cpu_threads=usable_threads())
    batched = BatchedInferencePipeline(model)
    translator = FasterWhisperTranslator(params)
    translator.load()
    (work / "pipeline.yaml").write_text(PIPELINE)
    library = Pipeline.from_yaml(work / "pipeline.yaml", store=work / "store")

    def through_pipeline() -> str:
        library.index(path, rebuild=True, optimize=False)
        texts = [(point.payload["span"]["seconds"], point.payload["text"]) for point in library.plan().store.scroll()]
        return " ".join(text for _, text in sorted(texts))

    def text_of(segments) -> str:
        return " ".join(segment.text for segment in segments)

    same = {"beam_size": params.beam_size, "batch_size": params.batch_size, "word_timestamps": True}
    return {
        "plain, its defaults": lambda: text_of(model.transcribe(str(path), vad_filter=True)[0]),
        "batched, its defaults": lambda: text_of(batched.transcribe(str(path))[0]),
        "batched, our settings": lambda: text_of(batched.transcribe(str(path), **same)[0]),
        "chiasm translator": lambda: " ".join(each.text() for each in translator.stream(Item.from_path(path))),
        "chiasm pipeline": through_pipeline,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a short recording, few rounds")
    quick = parser.parse_args().quick
    print_machine()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "speech.flac"
        said = make_recording(path, 2 if quick else 6)
        seconds = soundfile.info(path).duration
        wall: dict[str, list[float]] = {}
        used: dict[str, list[float]] = {}
        errors: dict[str, float] = {}
        every = ways(path, Path(folder))
        for turn in range(3 if quick else 4):
            for name, transcribe in every.items():  # by turns, so that what slows the machine slows all alike
                started, processor = time.perf_counter(), time.process_time()
                heard = transcribe()
                if turn:
                    wall.setdefault(name, []).append(time.perf_counter() - started)
                    used.setdefault(name, []).append(time.process_time() - processor)
                errors[name] = word_errors(said, heard)
    print(f"{seconds:.0f} s of speech; wall and processor time are medians")
    base = statistics.median(used["batched, our settings"])
    for name in every:
        median, cpu = statistics.median(wall[name]), statistics.median(used[name])
        verdict = ("within" if cpu <= base * BOUND else "OVER") + " 5%" if name.startswith("chiasm") else ""
        print(
            f"{name:24} {seconds / median:5.1f}x real time  {cpu:6.2f} s of processor  {cpu / base:5.3f}x  "
            f"WER {errors[name]:5.1%}  {verdict}"
        )


if __name__ == "__main__":
    main()
