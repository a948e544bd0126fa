"""The sample recordings: sentences for the voice to speak, and the audio formats that they are kept in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from chiasm.media.audio import Audio


@dataclass(frozen=True, slots=True)
class Recording:
    """A file of the sample folder.

    Attributes:
        name: Its name; the suffix says the format.
        rate: Its sample rate in Hz.
        sentences: What is said in it.
        facts: Metadata in a JSON file of the same stem.
    """

    name: str
    rate: int
    sentences: tuple[str, ...]
    facts: Mapping[str, Any] = field(default_factory=dict)


RECORDINGS = (
    Recording(
        "REC_0201.wav",
        16_000,
        (
            "Here is the plan for Saturday.",
            "The train to the mountains leaves at seven in the morning from platform four.",
            "Bring warm socks and a sandwich.",
        ),
    ),
    Recording(
        "REC_0202.flac",
        44_100,
        (
            "Grandmother's apple cake.",
            "Mix four eggs, two lemons and a pinch of cinnamon with the flour.",
            "It stays in the heat for fifty minutes, until the top is golden.",
        ),
        facts={"kind": "recipe", "year": 2008},
    ),
    Recording(
        "REC_0203.mp3",
        22_050,
        (
            "Good evening, here is the weather.",
            "Heavy rain will fall all night, and the river may flood the lower fields.",
            "Tomorrow will be dry and windy.",
        ),
    ),
    Recording(
        "REC_0204.m4a",
        48_000,
        (
            "Hello, I am calling about our cat.",
            "She has not eaten since Sunday and hides under the sofa.",
            "Could the doctor see her this afternoon?",
        ),
    ),
    Recording(
        "REC_0205.ogg",
        24_000,
        (
            "The tram to the airport is cancelled because of the snow.",
            "A bus runs instead every half hour.",
        ),
    ),
    Recording(
        "REC_0206.opus",
        48_000,
        (
            "The violin needs two new strings before the concert.",
            "Please ask the workshop whether they have time on Thursday.",
        ),
    ),
)

_BY_SOUNDFILE = {".wav": "WAV", ".flac": "FLAC", ".mp3": "MP3", ".ogg": "OGG"}
_BY_AV = {".m4a": ("mp4", "aac"), ".opus": ("ogg", "libopus")}


def write_sound(path: Path, sound: Audio) -> None:
    """Write a recording in the format that the suffix of ``path`` names.

    Args:
        path: With one of the suffixes .wav, .flac, .mp3, .ogg, .m4a and .opus.
        sound: At the rate that the file shall have.
    """
    if path.suffix in _BY_SOUNDFILE:
        import soundfile

        soundfile.write(path, sound.samples, sound.rate, format=_BY_SOUNDFILE[path.suffix])
        return
    import av

    form, codec = _BY_AV[path.suffix]
    with av.open(str(path), "w", format=form) as container:
        track = container.add_stream(codec, rate=sound.rate, layout="mono")
        frame = av.AudioFrame.from_ndarray(sound.samples[None, :], format="flt", layout="mono")
        frame.sample_rate = sound.rate
        # Encoders take frames of their own size and sample format; the resampler and the queue cut and convert.
        resampler = av.AudioResampler(format=track.format, layout="mono", rate=sound.rate, frame_size=track.frame_size)
        for piece in [*resampler.resample(frame), *resampler.resample(None)]:
            container.mux(track.encode(piece))
        container.mux(track.encode(None))
