"""Modalities that disappear: the same figures as an index that never had them."""

import numpy as np
import pytest

from chiasm import Document, Pipeline
from chiasm.config import Use
from chiasm.config.reading import Origin
from chiasm.contracts import StoreSchema
from chiasm.evaluation import compare
from chiasm.evaluation.dropping import ThinnedStore, chosen
from chiasm.plan.components import ComponentMaker

QUERIES = {"stripes": "zebra zoo", "rose": {"text": "rrr"}, "leaf": {"text": "ggg mmm"}, "sea": {"text": "bbb"}}
ANSWERS = {"stripes": {"zoo": 1}, "rose": {"red": 1}, "leaf": {"green": 1}, "sea": {"blue": 1}}


def without_pictures(documents, losers):
    for document in documents:
        kept = {name: items for name, items in document.fields.items() if name != "image" or document.id not in losers}
        if kept:
            yield Document(document.id, kept, document.metadata)


@pytest.mark.parametrize("share", [0.0, 0.34, 1.0])
def test_dropping_gives_what_an_index_without_them_gives(library, documents, configuration, registry, tmp_path, share):
    (losers,) = chosen({"red", "green", "blue"}, [share], seed=0)
    thinned = library.evaluate(QUERIES, ANSWERS, drop=["image"], shares=[share])
    with Pipeline.from_yaml(configuration, store=tmp_path / "store", registry=registry) as other:
        other.index(without_pictures(documents, losers))
        runs = other.evaluate(QUERIES, {**ANSWERS, "rose": {"red": 1, "zoo": 0}}).runs
    expected = compare(ANSWERS, runs, ["ndcg@10"])
    for curve in thinned.curves:
        assert curve.figures[0] == pytest.approx(expected.scores[curve.system]["ndcg@10"]), curve.system


def test_vectors_that_were_fused_are_fused_again_from_what_is_left(library, registry, tmp_path):
    plan = library.plan()
    library.search("zebra")
    maker = ComponentMaker(registry, {}, Origin())
    copy = maker.get(Use(use="qdrant-edge", params={"path": str(tmp_path / "copy")}), "store", ("store",)).component
    copy.open(StoreSchema(plan.spaces, {"doc": "keyword", "field": "keyword"}))
    thinned = ThinnedStore(plan, plan.store, copy)
    assert copy.count() == plan.store.count()
    assert sorted(thinned.having(["image"])) == ["blue", "green", "red"]
    thinned.drop(["image"], frozenset({"red", "blue"}))
    points = {
        (point.payload["doc"], point.payload["field"]): point
        for point in copy.retrieve([each.id for each in copy.scroll()], with_vectors=True)
    }
    copy.close()
    assert ("blue", "joint") not in points and ("blue", "image") not in points  # it had nothing else
    joint, text = points["red", "joint"], points["red", "text"]
    assert np.allclose(joint.vectors["words"], text.vectors["words"], atol=1e-6)
    assert joint.payload["modalities"] == ["text"]
    before = points["green", "joint"]
    assert not np.allclose(before.vectors["words"], points["green", "text"].vectors["words"], atol=1e-3)
    assert before.payload["modalities"] == ["image", "text"] or before.payload["modalities"] == ["text", "image"]


def test_figures_fall_as_ever_more_documents_lose_their_pictures(library):
    found = library.evaluate(QUERIES, ANSWERS, drop=["image"])
    by_system = {curve.system: curve.figures for curve in found.curves}
    assert by_system["rrf"][0] == found["rrf"]["ndcg@10"]
    assert by_system["rrf"][-1] < by_system["rrf"][0]
    assert list(by_system["rrf"]) == sorted(by_system["rrf"], reverse=True)


def test_queries_that_lose_everything_find_nothing(library):
    green = np.full((8, 8, 3), (0, 255, 0), np.uint8)
    queries = {"leaf": {"image": green}, "sea": {"image": green, "text": "bbb"}}
    answers = {"leaf": {"green": 1}, "sea": {"blue": 1}}
    found = library.evaluate(queries, answers, drop=["image"], shares=[0, 1], drop_from="queries", measures=["mrr"])
    curve = next(each for each in found.curves if each.system == "rrf")
    assert curve.figures[-1] == 0.5  # "leaf" has nothing left to ask, and "sea" still has its words


def test_a_greater_share_takes_all_that_a_smaller_one_does():
    quarter, half, all_of_them = chosen([f"d{n}" for n in range(40)], [0.25, 0.5, 1.0], seed=3)
    assert (len(quarter), len(half), len(all_of_them)) == (10, 20, 40)
    assert quarter < half < all_of_them
    assert chosen([f"d{n}" for n in range(40)], [0.25], seed=3) == [quarter]


def test_the_store_itself_is_left_as_it_was(library):
    before = library.info()["points_by_field"]
    library.evaluate(QUERIES, ANSWERS, drop=[["image", "text"]], shares=[1])
    assert library.info()["points_by_field"] == before
