"""Audio-visual digits: a spoken digit (FSDD) and a written one (MNIST) of the same label, clean or degraded."""

import gzip
import wave
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.fft import dct
from sklearn.decomposition import PCA
from sklearn.preprocessing import StandardScaler

RATE = 8000
WINDOW, HOP, BANDS = 200, 80, 26
COEFFICIENTS = 13
STRETCHES = 8
TEST_BELOW = 5
"""Recordings with a lower index are the test set, as FSDD defines it."""


@dataclass(frozen=True)
class Spoken:
    """Every recording: MFCC by stretch, float32 ``[n, stretches, coefficients]``."""

    features: np.ndarray
    digits: np.ndarray
    speakers: np.ndarray
    indices: np.ndarray


@dataclass(frozen=True)
class Digits:
    """Pairs, split: by field float32 ``[n, d]``, and digits int ``[n]``."""

    train: dict[str, np.ndarray]
    train_digits: np.ndarray
    test: dict[str, np.ndarray]
    test_digits: np.ndarray

    def with_useless(self, field: str, seed: int) -> "Digits":
        """The same with one field taken from any other pair, so that it tells nothing of the digit."""
        random = np.random.default_rng(seed)
        train, test = (
            {**part, field: part[field][random.permutation(len(part[field]))]} for part in (self.train, self.test)
        )
        return Digits(train, self.train_digits, test, self.test_digits)


def read_spoken(folder: Path) -> Spoken:
    rows = []
    for path in sorted(folder.glob("*.wav")):
        digit, speaker, index = path.stem.split("_")
        with wave.open(str(path)) as stream:
            samples = np.frombuffer(stream.readframes(stream.getnframes()), np.int16).astype(np.float32) / 32768
        rows.append((mfcc(samples), int(digit), speaker, int(index)))
    features, digits, speakers, indices = zip(*rows, strict=True)
    return Spoken(np.stack(features), np.array(digits), np.array(speakers), np.array(indices))


def mfcc(samples: np.ndarray) -> np.ndarray:
    """MFCC averaged over equal stretches of a recording, float32 ``[stretches, coefficients]``."""
    samples = np.pad(samples, (0, max(0, WINDOW + HOP * STRETCHES - len(samples))))
    frames = np.lib.stride_tricks.sliding_window_view(samples, WINDOW)[::HOP] * np.hanning(WINDOW)
    power = np.abs(np.fft.rfft(frames, 256)) ** 2
    cepstra = dct(np.log(power @ mel_bands().T + 1e-8), axis=1, norm="ortho")[:, :COEFFICIENTS]
    return np.stack([part.mean(axis=0) for part in np.array_split(cepstra, STRETCHES)]).astype(np.float32)


def mel_bands() -> np.ndarray:
    """Triangular bands at even distances on the mel scale, ``[bands, bins]``."""
    top = 2595 * np.log10(1 + RATE / 2 / 700)
    edges = 700 * (10 ** (np.linspace(0, top, BANDS + 2) / 2595) - 1)
    bins = np.linspace(0, RATE / 2, 129)
    low, centre, high = edges[:-2, None], edges[1:-1, None], edges[2:, None]
    return np.clip(np.minimum((bins - low) / (centre - low), (high - bins) / (high - centre)), 0, None)


def read_written(folder: Path) -> tuple[np.ndarray, np.ndarray]:
    """Pixels float32 ``[n, 784]`` from 0 to 1, and digits."""
    with gzip.open(folder / "t10k-images-idx3-ubyte.gz") as stream:
        pixels = np.frombuffer(stream.read()[16:], np.uint8).reshape(-1, 784)
    with gzip.open(folder / "t10k-labels-idx1-ubyte.gz") as stream:
        digits = np.frombuffer(stream.read()[8:], np.uint8)
    return pixels.astype(np.float32) / 255, digits.astype(np.int64)


def paired(
    spoken: Spoken, written: tuple[np.ndarray, np.ndarray], seed: int, *, degraded: bool, held_out: str = ""
) -> Digits:
    """Pair each recording with a picture of its digit, none used twice; degrade; split.

    Args:
        spoken: Recordings.
        written: Pictures.
        seed: Of pairing and noise.
        degraded: Whether pictures keep only the principal components that hold 25% of the variance, and MFCC get noise
            of 2 standard deviations; otherwise pictures keep 90% of the variance.
        held_out: A speaker who is the test set, all others being the training set; by index when empty.
    """
    random = np.random.default_rng(seed)
    pixels, written_digits = written
    chosen = np.zeros(len(spoken.digits), np.int64)
    for digit in range(10):
        wanted = np.flatnonzero(spoken.digits == digit)
        chosen[wanted] = random.permutation(np.flatnonzero(written_digits == digit))[: len(wanted)]
    test = spoken.speakers == held_out if held_out else spoken.indices < TEST_BELOW
    images = pixels[chosen]
    sounds = spoken.features.reshape(len(chosen), -1)
    image_parts = PCA(0.25 if degraded else 0.9, svd_solver="full").fit(images[~test])
    image_scale = StandardScaler().fit(image_parts.transform(images[~test]))
    sound_scale = StandardScaler().fit(sounds[~test])
    sounds = sound_scale.transform(sounds)
    if degraded:
        sounds = sounds + 2 * random.normal(size=sounds.shape)
    fields = {
        "image": image_scale.transform(image_parts.transform(images)).astype(np.float32),
        "audio": sounds.astype(np.float32),
    }
    return Digits(
        {name: values[~test] for name, values in fields.items()},
        spoken.digits[~test],
        {name: values[test] for name, values in fields.items()},
        spoken.digits[test],
    )
