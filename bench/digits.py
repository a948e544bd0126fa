"""Audio-visual digits: one modality, and every kind of fusion of both, clean, degraded, useless and missing.

The layout of the spoken features (stretches, coefficients) was settled on by its accuracy on these digits, so sound
alone looks a little better than it would on others; what is compared here all gets the same features.

Needs CHIASM_BENCH_DATA, a folder with 'mnist' (the test set in IDX format) and 'fsdd' (recordings).
"""

import argparse
import os
import sys
import warnings
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import numpy as np
from scipy import stats

from bench.digits_data import Digits, paired, read_spoken, read_written
from bench.machine import print_machine

BOUND = 81.3
"""Accuracy that the best fusion has to reach on degraded digits."""

SPEAKERS = ("george", "jackson", "lucas", "nicolas", "theo", "yweweler")
Figures = dict[str, dict[str, float]]


@dataclass(frozen=True)
class Setting:
    """How digits are made, and what is then missing among those that are told."""

    degraded: bool = True
    held_out: str = ""
    useless: str = ""
    missing: Mapping[str, tuple[str, float]] | None = None

    def make(self, data: Path, seed: int) -> Digits:
        digits = paired(
            read_spoken(data / "fsdd"),
            read_written(data / "mnist"),
            seed,
            degraded=self.degraded,
            held_out=self.held_out,
        )
        return digits.with_useless(self.useless, seed) if self.useless else digits


MISSING = {
    "half lack image": ("image", 0.5),
    "half lack audio": ("audio", 0.5),
    "no image": ("image", 1.0),
    "no audio": ("audio", 1.0),
}
SETTINGS = {
    "degraded": Setting(missing=MISSING),
    "clean": Setting(degraded=False),
    "image useless": Setting(useless="image"),
    "audio useless": Setting(useless="audio"),
    "theo held out": Setting(held_out="theo"),
    **{f"{name} held out": Setting(held_out=name) for name in SPEAKERS if name != "theo"},
}


def run(job: tuple[str, int, Path, bool]) -> tuple[str, int, Figures]:
    """Accuracy in percent, by column and way, of one setting and seed."""
    import torch

    from bench.digits_fusions import NETWORKS, WAYS, Fitting

    torch.set_num_threads(1)
    warnings.filterwarnings("ignore", category=FutureWarning)
    name, seed, data, networks = job
    setting = SETTINGS[name]
    digits = setting.make(data, seed)
    fitting = Fitting(digits, seed)
    count = len(digits.test_digits)
    whole = {field: np.ones(count, bool) for field in digits.test}
    masks = {name: whole}
    for column, (field, share) in (setting.missing or {}).items():
        lacking = np.random.default_rng(seed).permutation(count) < share * count
        masks[column] = {**whole, field: ~lacking}
    figures: Figures = {column: {} for column in masks}
    for ways in WAYS.values():
        for way, fit in ways.items():
            if way in NETWORKS and not networks:
                continue
            predict = fit(fitting)
            for column, present in masks.items():
                right = predict(digits.test, present).argmax(axis=1) == digits.test_digits
                figures[column][way] = 100 * float(right.mean())
    return name, seed, figures


def interval(values: np.ndarray) -> tuple[float, float]:
    """Mean, and half of the 95% interval by Student's t over seeds."""
    if len(values) < 2:
        return float(values.mean()), float("nan")
    half = stats.t.ppf(0.975, len(values) - 1) * values.std(ddof=1) / np.sqrt(len(values))
    return float(values.mean()), float(half)


def print_table(
    found: Mapping[str, Mapping[str, np.ndarray]], columns: list[str], kinds: Mapping[str, list[str]]
) -> None:
    print(f"\n{'accuracy, %':26}" + "".join(f"{column:>18}" for column in columns))
    for kind, ways in kinds.items():
        print(kind)
        for way in ways:
            cells = (interval(found[column][way]) for column in columns)
            print(f"  {way:24}" + "".join(f"{mean:11.1f} ±{half:4.1f} " for mean, half in cells))


def print_verdicts(found: Mapping[str, Mapping[str, np.ndarray]], kinds: Mapping[str, list[str]]) -> None:
    """Which fusion is best in each column, chosen by its mean, beside the best single modality of the same seeds."""
    print("\nbest of each kind, and the best fusion's lead over the better single modality, by seed")
    for column, ways in found.items():
        best = {kind: max(names, key=lambda way: ways[way].mean()) for kind, names in kinds.items()}
        fusion = max((best[kind] for kind in kinds if kind != "single"), key=lambda way: ways[way].mean())
        mean, half = interval(ways[fusion] - ways[best["single"]])
        told = ", ".join(f"{kind} {best[kind]} {ways[best[kind]].mean():.1f}" for kind in kinds)
        print(f"  {column:16} {told}; lead {mean:+.1f} ±{half:.1f}")
    if "degraded" not in found:
        return
    degraded = max(ways.mean() for way, ways in found["degraded"].items() if way not in kinds["single"])
    print(f"  degraded digits: {degraded:.1f}, {'at least' if degraded >= BOUND else 'UNDER'} {BOUND}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="two seeds, three settings")
    parser.add_argument("--seeds", type=int, default=5, help="pairings, noises and first weights")
    parser.add_argument("--settings", nargs="+", choices=SETTINGS, help="only these")
    parser.add_argument("--no-networks", action="store_true", help="leave out what is trained by gradient descent")
    options = parser.parse_args()
    root = os.environ.get("CHIASM_BENCH_DATA")
    if root is None or not (Path(root, "mnist").is_dir() and Path(root, "fsdd").is_dir()):
        print("skipped: set CHIASM_BENCH_DATA to a folder that has mnist and fsdd", file=sys.stderr)
        return 0
    print_machine()
    quick = ["degraded", "image useless", "audio useless"]
    settings = options.settings or (quick if options.quick else list(SETTINGS))
    seeds = range(2 if options.quick else options.seeds)
    # Each other speaker once: they are a sample of speakers, and theo alone is what others report.
    jobs = [(name, seed, Path(root), not options.no_networks) for name in settings for seed in seeds
            if not name.endswith("held out") or name == "theo held out" or seed == 0]  # fmt: skip
    found: dict[str, dict[str, list[float]]] = {}
    with ProcessPoolExecutor(min(2, os.cpu_count() or 1), get_context("spawn")) as pool:
        for name, _, figures in pool.map(run, jobs):
            for column, ways in figures.items():
                shown = "each held out" if column.endswith("held out") and column != "theo held out" else column
                for way, accuracy in ways.items():
                    found.setdefault(shown, {}).setdefault(way, []).append(accuracy)
            print(f"  {name}", end="", flush=True, file=sys.stderr)
    from bench.digits_fusions import WAYS

    arrays = {column: {way: np.array(values) for way, values in ways.items()} for column, ways in found.items()}
    kinds = {kind: [way for way in ways if way in next(iter(arrays.values()))] for kind, ways in WAYS.items()}
    kinds = {kind: ways for kind, ways in kinds.items() if ways}
    columns = list(arrays)
    for start in range(0, len(columns), 5):
        print_table(arrays, columns[start : start + 5], kinds)
    print_verdicts(arrays, kinds)
    return 0


if __name__ == "__main__":
    sys.exit(main())
