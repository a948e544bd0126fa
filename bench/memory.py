"""Memory while texts are indexed: resident size after 10 000 and after 100 000 of them, without what the store holds.

The bound is 60 MB. The store here counts points and keeps none, so that only chiasm's own memory is told; encoding is
by words (``bm25``), which has no model.
"""

import argparse
import gc
import json
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import psutil

from bench.machine import print_machine
from bench.texts import docstrings
from chiasm import Pipeline
from chiasm.contracts import Point
from chiasm.run.report import Progress

BOUND_MB = 60
PIPELINE = """
chiasm: 1
index:
  - {encode: text, with: {use: bm25}}
"""


def write_manifest(path: Path, count: int) -> None:
    texts = list(docstrings())
    with path.open("w") as file:
        for number in range(count):
            file.write(json.dumps({"id": str(number), "text": texts[number % len(texts)], "number": number}) + "\n")


def resident_mb() -> float:
    gc.collect()
    return float(psutil.Process().memory_info().rss / 1e6)


class Counting:
    """Takes the place of the store's writing, and counts."""

    def __init__(self) -> None:
        self.points = 0

    def __call__(self, points: Sequence[Point]) -> None:
        self.points += len(points)


def sizes(library: Pipeline, manifest: Path, marks: Sequence[int]) -> Iterator[tuple[int, float]]:
    """Yield the resident size when the run has come to each mark, in MB."""
    found: dict[int, float] = {}

    def on_event(progress: Progress) -> None:
        for mark in marks:
            if progress.finished >= mark and mark not in found:
                found[mark] = resident_mb()

    library.index(manifest, optimize=False, on_event=on_event)
    yield from found.items()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of the texts")
    few, many = (1_000, 10_000) if parser.parse_args().quick else (10_000, 100_000)
    print_machine()
    with tempfile.TemporaryDirectory() as made:
        manifest = Path(made, "texts.jsonl")
        write_manifest(manifest, many)
        library = Pipeline.from_yaml(PIPELINE, store=Path(made, "store"))
        counting = Counting()
        store: Any = library.plan().store
        store.upsert = counting
        measured = dict(sizes(library, manifest, (few, many)))
        assert counting.points == many, counting.points
    grown = measured[many] - measured[few]
    for mark, size in measured.items():
        print(f"after {mark:7} texts {size:7.1f} MB")
    print(f"grown by {grown:.1f} MB, {'within' if grown <= BOUND_MB else 'OVER'} {BOUND_MB} MB")


if __name__ == "__main__":
    main()
