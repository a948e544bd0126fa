"""Late fusion of 5 rankings of 1 000 for 1 000 queries, beside ranx; and of 2 rankings for a single query.

The bounds: at least as fast as ranx, and under 1 ms for one query. Both get rankings in their own form; ranx has
compiled its code before it is timed. Its Borda count looks ids up in lists, so it is timed on five queries.
"""

import argparse
import statistics
import time
import warnings
from collections.abc import Callable

import numpy as np

from bench.machine import print_machine
from chiasm import late_fusion
from chiasm.contracts import Ranking, Rankings

BOUND_MS = 1.0
SOURCES = 5
DEPTH = 1_000
DOCUMENTS = 10_000

FUSIONS = {
    "rrf": ({}, {"norm": None, "method": "rrf"}),
    "isr": ({}, {"norm": None, "method": "isr"}),
    "comb-sum": ({}, {"norm": "min-max", "method": "sum"}),
    "comb-mnz": ({}, {"norm": "min-max", "method": "mnz"}),
    "weighted-sum": (
        {"weights": {f"source {at}": at + 1.0 for at in range(SOURCES)}},
        {"norm": "min-max", "method": "wsum", "params": {"weights": [at + 1.0 for at in range(SOURCES)]}},
    ),
    "borda": ({}, {"norm": None, "method": "bordafuse"}),
}
"""Names in chiasm, with params there and options of ranx."""

ALONE = {
    "weighted-sum, z-score": ("weighted-sum", {"normalization": "z-score"}),
    "weighted-sum, dbsf": ("weighted-sum", {"normalization": "dbsf"}),
    "product": ("product", {}),
}
"""Fusions that ranx lacks, or defines in another way."""


def some_rankings(queries: int) -> dict[str, Rankings]:
    random = np.random.default_rng(0)
    ids = tuple(f"document {at:05}" for at in range(DOCUMENTS))
    asked = tuple(f"query {at:04}" for at in range(queries))
    return {
        f"source {at}": Rankings(
            asked,
            ids,
            np.concatenate([random.choice(DOCUMENTS, DEPTH, replace=False) for _ in asked]),
            -np.sort(-random.random((queries, DEPTH)), axis=1).ravel(),
            np.arange(queries + 1) * DEPTH,
        )
        for at in range(SOURCES)
    }


def seconds(run: Callable[[], object], times: int) -> float:
    """The best of several, after one that is not counted."""
    took = []
    for _ in range(times + 1):
        started = time.perf_counter()
        run()
        took.append(time.perf_counter() - started)
    return min(took[1:])


def first(rankings: dict[str, Rankings], queries: int) -> dict[str, Rankings]:
    return {source: Rankings.of(dict(list(each.items())[:queries])) for source, each in rankings.items()}


def beside_ranx(rankings: dict[str, Rankings], times: int) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import ranx

        few, fewer = first(rankings, 5), first(rankings, 1)
        runs, few_runs, fewer_runs = (
            [ranx.Run(each.to_dicts()) for each in some.values()] for some in (rankings, few, fewer)
        )
        print(f"{SOURCES} rankings of {DEPTH} for {len(rankings['source 0'])} queries: whole results, then the best 10")
        for name, (params, options) in FUSIONS.items():
            ours, theirs = (few, few_runs) if name == "borda" else (rankings, runs)
            fusion = late_fusion(name, **params)
            whole = seconds(lambda f=fusion, r=ours: f.fuse_many(r), times)
            best = seconds(lambda f=fusion, r=ours: f.fuse_many(r, 10), times)
            ranx.fuse(fewer_runs, **options)  # compiles, for ids and queries of these lengths
            started = time.perf_counter()
            ranx.fuse(theirs, **options)
            other = time.perf_counter() - started
            verdict = "faster" if whole <= other else "SLOWER"
            print(
                f"  {name:22} {whole:7.2f} s {best:7.2f} s   ranx {other:7.2f} s   {other / whole:5.1f}x, {verdict}"
                f"{'   (five queries)' if name == 'borda' else ''}",
                flush=True,
            )
    for label, (name, params) in ALONE.items():
        fusion = late_fusion(name, **params)
        whole, best = (seconds(lambda f=fusion, n=n: f.fuse_many(rankings, n), times) for n in (None, 10))
        print(f"  {label:22} {whole:7.2f} s {best:7.2f} s")


def one_query(rankings: dict[str, Rankings], times: int) -> None:
    print("2 rankings of one query, the best 10 (median)")
    for depth in (50, 100, 1_000):
        query = {
            source: Ranking(each["query 0000"].ids[:depth], each["query 0000"].scores[:depth])
            for source, each in list(rankings.items())[:2]
        }
        for name in ("rrf", "weighted-sum"):
            fusion = late_fusion(name)
            took = []
            for _ in range(times):
                started = time.perf_counter()
                fusion.fuse(query, 10)
                took.append(1000 * (time.perf_counter() - started))
            median = statistics.median(took)
            verdict = "within" if median <= BOUND_MS else "OVER"
            print(f"  {name:13} of {depth:4} each {median:8.3f} ms, {verdict} {BOUND_MS:.0f} ms")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of the queries")
    quick = parser.parse_args().quick
    print_machine()
    rankings = some_rankings(100 if quick else 1_000)
    one_query(rankings, 200)
    beside_ranx(rankings, 1 if quick else 3)


if __name__ == "__main__":
    main()
