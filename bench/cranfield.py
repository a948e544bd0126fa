"""Cranfield, 1 400 abstracts and 225 judged queries: BM25, MiniLM, and every late fusion of the two, by nDCG@10.

Needs CHIASM_BENCH_DATA, a folder with 'cranfield'. A useless source is added once, to see which fusions notice. The
learned fusions are cross-validated by query. Intervals are 95%, by bootstrap over queries; p is Fisher's randomization
test against the better of the two alone. The bound: reciprocal rank fusion reaches .423.
"""

import argparse
import os
import re
import sys
import tempfile
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from bench.machine import print_machine
from chiasm import late_fusion
from chiasm.contracts import Encoder, Point, Ranking, StoreSchema, VectorQuery
from chiasm.evaluation import Judgements, Scores, interval, paired_test, read_qrels, score
from chiasm.media import Item
from chiasm_plugins.encoders.bm25 import Bm25Encoder
from chiasm_plugins.encoders.bm25_params import Bm25Params
from chiasm_plugins.encoders.sentence_transformer import SentenceTransformerEncoder
from chiasm_plugins.encoders.sentence_transformer_params import SentenceTransformerParams
from chiasm_plugins.stores.edge import EdgeStore
from chiasm_plugins.stores.edge_params import EdgeParams

BOUND = 0.423
DEPTH = 100
FOLDS = 5
MEASURE = "ndcg@10"

FUSIONS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("rrf", {}),
    ("weighted-sum", {"normalization": "min-max", "weights": {"minilm": 2.0}}),
    ("comb-sum", {"normalization": "none"}),
    ("comb-sum", {"normalization": "min-max"}),
    ("comb-sum", {"normalization": "z-score"}),
    ("comb-sum", {"normalization": "dbsf"}),
    ("comb-sum", {"normalization": "sum"}),
    ("comb-sum", {"normalization": "rank"}),
    ("comb-mnz", {}),
    ("borda", {}),
    ("isr", {}),
    ("product", {}),
    ("learned", {"method": "logistic"}),
    ("learned", {"method": "boosting"}),
)

Run = Mapping[str, Ranking]


def texts(path: Path, entry: str, text: str) -> list[str]:
    """The texts in a file that has the shape of XML, and not always its sense."""
    entries = re.findall(rf"<{entry}>(.*?)</{entry}>", path.read_text("utf-8"), re.DOTALL)
    found = [re.findall(rf"<{text}>(.*?)</{text}>", each, re.DOTALL) for each in entries]
    return [" ".join(" ".join(each).split()) for each in found]


def encode(encoder: Encoder[Any], values: list[str], role: Any) -> list[Any]:
    return list(encoder.encode([Item.of_text(value) for value in values], role))


def searched(folder: Path) -> dict[str, dict[str, Ranking]]:
    """Rankings by query by encoder."""
    documents = texts(folder / "cran.all.1400.xml", "doc", "text")
    # Judgements number the queries by their order, and not by the numbers that they have.
    queries = texts(folder / "cran.qry.xml", "top", "title")
    encoders: dict[str, Encoder[Any]] = {
        "bm25": Bm25Encoder(Bm25Params()),
        "minilm": SentenceTransformerEncoder(SentenceTransformerParams(model="starter:all-MiniLM-L6-v2")),
    }
    found: dict[str, dict[str, Ranking]] = {}
    with tempfile.TemporaryDirectory() as made:
        store = EdgeStore(EdgeParams(path=Path(made, "store")))
        store.open(StoreSchema({name: each.space for name, each in encoders.items()}))
        there = [at for at, text in enumerate(documents) if text]  # one abstract is empty
        for each in encoders.values():
            each.load()
        columns = {name: encode(each, [documents[at] for at in there], "document") for name, each in encoders.items()}
        store.upsert(
            [
                Point(str(uuid.UUID(int=at + 1)), {name: column[row] for name, column in columns.items()}, {})
                for row, at in enumerate(there)
            ]
        )
        for name, each in encoders.items():
            asked = [VectorQuery(name, vector, DEPTH, exact=True) for vector in encode(each, queries, "query")]
            found[name] = {
                str(number): Ranking.from_scores({str(uuid.UUID(hit.id).int): hit.score for hit in hits})
                for number, hits in enumerate(store.search(asked), start=1)
            }
        store.close()
    return found


def chance(found: Mapping[str, Run]) -> Run:
    """A source that ranks any documents."""
    random = np.random.default_rng(0)
    ids = sorted({name for run in found.values() for ranking in run.values() for name in ranking.ids})
    return {query: Ranking.from_ids(random.choice(ids, DEPTH, replace=False).tolist()) for query in found["bm25"]}


def fused(name: str, params: dict[str, Any], found: Mapping[str, Run], judged: Judgements) -> Run:
    """What a fusion makes of the runs; a learned one of each fifth of the queries by what it learnt from the others."""
    if name != "learned":
        return late_fusion(name, **params)(found, limit=DEPTH)
    queries = np.random.default_rng(0).permutation(sorted(judged))
    made: dict[str, Ranking] = {}
    for fold in range(FOLDS):
        held = set(queries[fold::FOLDS].tolist())
        known, asked = (
            {
                source: {query: ranking for query, ranking in run.items() if (query in held) == out}
                for source, run in found.items()
            }
            for out in (False, True)
        )
        made |= late_fusion(name, **params).fit(known, judged)(asked, limit=DEPTH)
    return made


def show(label: str, scores: Scores, best: Scores) -> None:
    values, others = scores.values[MEASURE], best.values[MEASURE]
    around = interval(scores.measures[0], values)
    beside = ""
    if scores is not best:
        p = paired_test(others, values).randomization
        beside = f"   {values.mean() - others.mean():+.3f}, p {p:.3f}"
    print(f"  {label:58} {values.mean():.3f} [{around.low:.3f}, {around.high:.3f}]{beside}", flush=True)


def table(title: str, found: Mapping[str, Run], judged: Judgements) -> dict[str, float]:
    print(f"{title}: nDCG@10, and difference from the better source alone")
    alone = {name: score(judged, run, [MEASURE]) for name, run in found.items()}
    best = max(alone.values(), key=lambda scores: scores[MEASURE])
    for name, scores in alone.items():
        show(name, scores, best)
    reached = {}
    for name, params in FUSIONS:
        scores = score(judged, fused(name, params, found, judged), [MEASURE])
        label = " ".join([name, *(f"{key}={value}" for key, value in params.items())])
        show(label, scores, best)
        reached[label] = scores[MEASURE]
    return reached


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="without the useless source")
    quick = parser.parse_args().quick
    folder = Path(os.environ.get("CHIASM_BENCH_DATA", ""), "cranfield")
    if not (folder / "cranqrel.trec.txt").exists():
        print("skipped: set CHIASM_BENCH_DATA to a folder that has cranfield", file=sys.stderr)
        return 0
    print_machine()
    found, judged = searched(folder), read_qrels(folder / "cranqrel.trec.txt")
    reached = table("BM25 and MiniLM", found, judged)
    verdict = "reached" if reached["rrf"] >= BOUND else "MISSED"
    print(f"  rrf {reached['rrf']:.3f}: {BOUND} is {verdict}")
    if not quick:
        table("With a source that ranks by chance", {**found, "chance": chance(found)}, judged)
    return 0


if __name__ == "__main__":
    sys.exit(main())
