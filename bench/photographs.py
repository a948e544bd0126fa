"""Photographs with captions, found by another caption: the picture, the indexed caption, and every fusion of the two.

Of each photograph one caption is indexed beside the picture, and another, by another person, is the query; the one
answer is the photograph. Needs CHIASM_BENCH_DATA, a folder with 'flickr8k-sample': images, and captions.tsv with the
columns image, split and caption. The models are the starter's, which were trained on none of it.
"""

import argparse
import csv
import os
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bench.machine import print_machine
from chiasm import Document, Item, Pipeline, late_fusion
from chiasm.contracts import Ranking
from chiasm.evaluation import Comparison, Judgements, compare, score
from chiasm.evaluation.crossvalidation import cross_validated
from chiasm.search.rankings import LegRankings
from chiasm_registry import installed_registry

MEASURES = ("recall@1", "recall@5", "recall@10", "mrr", "median-rank")

CONFIG = """
chiasm: 1
components:
  words: {use: sentence-transformer, params: {model: "starter:all-MiniLM-L6-v2"}}
  sight: {use: conse, params: {classifier: "starter:efficientnet-lite0", words: words}}
documents:
  fields: {image: {column: image, modality: image}, caption: {column: caption, modality: text}}
index:
  - {encode: caption, with: words}
  - {encode: image, with: sight}
  - {fuse: [caption, image], as: joint, with: {use: weighted-mean}}
  - {fuse: [caption, image], as: mostly-caption, with: {use: weighted-mean, params: {weights: {caption: 3, image: 1}}}}
search: {fields: [FIELDS], calibrate: CALIBRATE}
"""

NORMALIZATIONS = {"weighted-sum": ("min-max", "z-score", "dbsf")}
"""Fusions that are shown with several of them."""

WEIGHTED = ("rrf", "isr", "weighted-sum")
"""Fusions that are shown with the caption counting three times as well."""


def data_folder() -> Path | None:
    root = os.environ.get("CHIASM_BENCH_DATA")
    folder = Path(root, "flickr8k-sample") if root else None
    return folder if folder and (folder / "captions.tsv").is_file() else None


def photographs(folder: Path, split: str, count: int) -> dict[str, list[str]]:
    """Captions by file name."""
    found: dict[str, list[str]] = {}
    with (folder / "captions.tsv").open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream, delimiter="\t", quoting=csv.QUOTE_NONE):
            if row["split"] == split:
                found.setdefault(row["image"], []).append(row["caption"])
    return dict(list(found.items())[:count])


def documents(folder: Path, captions: Mapping[str, Sequence[str]]) -> list[Document]:
    return [
        Document(name, {"image": [Item.from_path(folder / "images" / name)], "caption": [Item.of_text(texts[0])]})
        for name, texts in captions.items()
    ]


def pipeline(store: Path, fields: str, calibrate: str = "none") -> Pipeline:
    return Pipeline.from_yaml(CONFIG.replace("FIELDS", fields).replace("CALIBRATE", calibrate), store=store)


def rankings(
    store: Path, fields: str, queries: Mapping[str, str], judged: Judgements, calibrate: str = "none"
) -> Mapping[str, Ranking]:
    """What a search of these fields alone finds."""
    with pipeline(store, fields, calibrate) as library:
        (run,) = library.evaluate(queries, judged, measures=["mrr"]).runs.values()
    return run


def half_and_half(store: Path, given: list[Document], queries: Mapping[str, str], judged: Judgements) -> Comparison:
    """What calibration does where documents differ in what they have."""
    kept = ("image", "caption")
    lacking = [
        Document(each.id, {kept[at % 2]: each.fields[kept[at % 2]]}, each.metadata) for at, each in enumerate(given)
    ]
    runs = {}
    for calibrate in ("none", "centre", "z-score"):
        with pipeline(store, "image, caption", calibrate) as library:
            library.index(lacking, name="photographs")
            (runs[calibrate],) = library.evaluate(queries, judged, measures=["mrr"]).runs.values()
    pictures = frozenset(each.id for each in lacking if "image" in each.fields)
    of_pictures = {query: grades for query, grades in judged.items() if query in pictures}
    for name, run in runs.items():
        first = [run[query].ids[0] in pictures for query in run if len(run[query])]
        found = score(of_pictures, run, ["recall@10"])["recall@10"]
        share = 100 * sum(first) / len(first)
        print(f"calibrate {name}: a picture is first for {share:.0f}%; recall@10 where one answers {found:.3f}")
    return compare(judged, runs, MEASURES, main="recall@10")


def late_fusions() -> dict[str, dict[str, Any]]:
    """Params by label, of every late fusion that needs no training."""
    found: dict[str, dict[str, Any]] = {}
    for component in installed_registry().components("fusion"):
        if component.spec.produces != ("late",) or component.name == "learned" or not component.usable:
            continue
        for normalization in NORMALIZATIONS.get(component.name, ("",)):
            params = {"normalization": normalization} if normalization else {}
            label = f"late {component.name} {normalization}".strip()
            found[label] = {"name": component.name, **params}
            if component.name in WEIGHTED:
                found[f"{label} 3:1"] = {"name": component.name, **params, "weights": {"caption": 3, "image": 1}}
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="100 photographs")
    parser.add_argument("--split", default="dev", choices=["dev", "train"])
    parser.add_argument("--plot", help="draw the figures, as .png or .svg")
    options = parser.parse_args()
    folder = data_folder()
    if folder is None:
        print("skipped: set CHIASM_BENCH_DATA to a folder that has flickr8k-sample", file=sys.stderr)
        return 0
    captions = photographs(folder, options.split, 100 if options.quick else 10_000)
    queries = {name: texts[1] for name, texts in captions.items()}
    judged = Judgements({name: {name: 1} for name in captions})
    print_machine()
    with tempfile.TemporaryDirectory() as made:
        store = Path(made, "store")
        with pipeline(store, "image") as library:
            started = time.perf_counter()
            report = library.index(documents(folder, captions), name="photographs")
            print(f"{report.indexed} photographs indexed in {time.perf_counter() - started:.0f} s")
            pairs = library.evaluate_pairs("image", "caption", measures=MEASURES)
        legs = {name: rankings(store, name, queries, judged) for name in ("image", "caption")}
        runs = dict(legs)
        runs["early weighted-mean 1:1"] = rankings(store, "joint", queries, judged)
        runs["early weighted-mean 3:1"] = rankings(store, "mostly-caption", queries, judged)
        for calibrate in ("none", "centre", "z-score"):
            runs[f"best of both, {calibrate}"] = rankings(store, "image, caption", queries, judged, calibrate)
        halves = half_and_half(Path(made, "halves"), documents(folder, captions), queries, judged)
        calibrated = {name: rankings(store, name, queries, judged, "z-score") for name in legs}
    for label, params in late_fusions().items():
        runs[label] = dict(late_fusion(**params).fuse_many(legs, 100).items())
    for label, weights in (("", {}), (" 3:1", {"caption": 3, "image": 1})):
        summed = late_fusion("weighted-sum", normalization="calibrated", weights=weights)
        runs[f"late weighted-sum calibrated{label}"] = dict(summed.fuse_many(calibrated, 100).items())
    both = {
        query: LegRankings({name: run[query] for name, run in legs.items()}, {}, dict.fromkeys(legs, 1.0))
        for query in judged
    }
    runs["late learned, cross-validated"] = cross_validated(late_fusion("learned"), both, judged, 100)
    found = compare(judged, runs, MEASURES, main="recall@1", baseline="caption")
    print(f"\nA caption finds its photograph, of {len(judged)}\n\n{found}")
    for measure in MEASURES[1:3]:
        bounds = {name: found.interval(name, measure) for name in found.scores}
        print(f"\n95% intervals of {measure}: " + "; ".join(f"{n} {b.low:.3f}-{b.high:.3f}" for n, b in bounds.items()))
    print(f"\nOf half of the photographs only the picture is indexed, of the others only a caption\n\n{halves}")
    print(f"\nThe indexed caption finds its picture, and back\n\n{pairs}")
    if options.plot:
        found.plot(options.plot, list(MEASURES[:3]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
