"""A pipeline evaluated: legs and fusions on the same queries, and what is told of queries that do not fit."""

import json
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image

from chiasm import use
from chiasm.contracts import Ranking
from chiasm.errors import ChiasmError, EvaluationError, MediaError, QueryError
from chiasm.evaluation import Judgements, read_run, write_qrels

QUERIES = {
    "stripes": "zebra zoo",
    "music": "jazz fizz",
    "rose": {"text": "rrr"},
    "leaf": {"image": np.full((8, 8, 3), (0, 255, 0), np.uint8)},
    "sea": {"text": "bbb", "image": np.full((8, 8, 3), (0, 0, 255), np.uint8)},
}
ANSWERS = {"stripes": {"zoo": 1}, "music": {"jazz": 1}, "rose": {"red": 1}, "leaf": {"green": 1}, "sea": {"blue": 1}}
LEGS = ["alone: text:words", "alone: text:keywords"]  # few queries have pictures


def test_legs_and_fusions_are_measured_on_the_same_queries(library):
    found = library.evaluate(QUERIES, ANSWERS, fusions=["rrf", use("rrf", k=1)])
    assert list(found.runs) == [*LEGS, "rrf", "rrf {k: 1}"]
    assert found["rrf"]["recall@1"] == 1.0
    assert found["alone: text:words"]["recall@1"] == pytest.approx(3 / 5)  # "leaf" and "sea" have pictures
    assert found.runs["alone: text:words"]["leaf"].ids == ()
    assert found.comparison.baseline == "alone: text:words"


def test_the_rankings_are_those_of_a_search(library):
    found = library.evaluate(QUERIES, ANSWERS, depth=10)
    for name, given in QUERIES.items():
        hits = library.search(**({"text": given} if isinstance(given, str) else given), limit=10)
        assert list(found.runs["rrf"][name].ids) == [hit.id for hit in hits]


def test_queries_are_encoded_once_whatever_is_compared(library, monkeypatch):
    searcher = library._open_searcher()
    encoded = []
    legs = type(searcher).legs
    monkeypatch.setattr(type(searcher), "legs", lambda self, query: encoded.append(query) or legs(self, query))
    library.evaluate(QUERIES, ANSWERS, fusions=["rrf", use("rrf", k=1), use("rrf", k=2)], drop=["image"], shares=[0, 1])
    assert len(encoded) == len(QUERIES)


def test_a_run_from_elsewhere_is_compared_too(library):
    perfect = {query: Ranking.from_scores(dict.fromkeys(docs, 1.0)) for query, docs in ANSWERS.items()}
    found = library.evaluate(QUERIES, ANSWERS, runs={"oracle": perfect}, legs=False, baseline="rrf")
    assert list(found.runs) == ["rrf", "oracle"]
    assert found["oracle"]["map"] == 1.0


def test_a_filter_narrows_a_query(library):
    found = library.evaluate({"q": {"text": "zebra", "where": "id = jazz"}}, {"q": {"zoo": 1, "jazz": 1}})
    assert found.runs["rrf"]["q"].ids == ("jazz",)


def test_what_does_not_fit_together_is_noted(library):
    answers = {
        "stripes": {"zoo": 1, "gone": 1},
        "music": {"jazz": 0},
        "unasked": {"zoo": 1},
    }
    found = library.evaluate({**QUERIES, "extra": "zebra"}, answers)
    assert found.notes == (
        "4 queries (rose, ...) without judgements left out",
        "judgements of 1 query (unasked) that were not asked left out",
        "1 query (music) without a relevant document, counted with 0",
        "1 relevant document (gone) not in the store, never found",
    )
    assert found["rrf"]["recall@1"] == pytest.approx((0.5 + 0) / 2)
    assert "Note: 4 queries" in str(found)


@pytest.mark.parametrize(
    ("queries", "answers", "options", "message"),
    [
        ({"a": "zebra"}, {"b": {"zoo": 1}}, {}, "none of the queries is judged"),
        (
            {"a": "zebra"},
            {"a": {"nowhere": 1}},
            {},
            "none of the 1 relevant documents is in the store",
        ),
        ({"a": "zebra"}, None, {}, "nothing says which documents"),
        ({}, {"a": {"zoo": 1}}, {}, "there are no queries"),
        ({"a": "zebra"}, {"a": {"zoo": 1}}, {"measures": ["recall@500"]}, "looks deeper than the 100"),
        ({"a": "zebra"}, {"a": {"zoo": 1}}, {"depth": 0}, "depth is at least 1"),
        (
            {"a": "zebra"},
            {"a": {"zoo": 1}},
            {"drop": ["images"]},
            "no items of modality 'images'.*Did you mean 'image'",
        ),
        ({"a": "zebra"}, {"a": {"zoo": 1}}, {"drop": ["image"], "shares": [0, 2]}, "shares are numbers from 0 to 1"),
        ({"a": "zebra"}, {"a": {"zoo": 1}}, {"drop": ["image"], "shares": [1, 0]}, "ascending"),
        ({"a": "zebra"}, {"a": {"zoo": 1}}, {"drop_from": "both sides"}, "dropped from documents, queries, both"),
        ({"a": "zebra"}, {"a": {"zoo": 1}}, {"baseline": "rff"}, "no system 'rff'.*Did you mean 'rrf'"),
        ({"a": "zebra"}, {"a": {"zoo": 1}}, {"main": "map@3"}, "'map@3' is not among the measures"),
        ({"a": "zebra"}, {"a": {"zoo": 1}}, {"measure": ["map"]}, "no option 'measure'.*Did you mean 'measures'"),
        ({"a": {"sound": "x.wav"}}, {"a": {"zoo": 1}}, {}, "no 'sound'"),
    ],
)
def test_what_cannot_be_evaluated_is_refused(library, queries, answers, options, message):
    with pytest.raises(EvaluationError, match=message):
        library.evaluate(queries, answers, **options)


def test_a_query_that_cannot_be_answered_is_named(library, tmp_path):
    with pytest.raises(QueryError, match=r"query 'a': .*audio"):
        library.evaluate({"a": {"audio": (np.zeros(1600, np.float32), 16000)}}, {"a": {"zoo": 1}})
    path = tmp_path / "queries.jsonl"
    path.write_text('{"text": "zebra", "relevant": "zoo"}\n{"image": "none.png", "relevant": "red"}\n')
    with pytest.raises(MediaError, match=r"queries\.jsonl:2: .*none\.png"):
        library.evaluate(path)


@pytest.mark.parametrize("name", ["weighted-mean", "no-such-fusion", "conse"])
def test_what_is_no_late_fusion_is_refused(library, name):
    with pytest.raises(ChiasmError, match=name):
        library.evaluate(QUERIES, ANSWERS, fusions=[name])


def test_queries_and_judgements_come_from_files(library, tmp_path):
    Image.new("RGB", (16, 16), (0, 255, 0)).save(tmp_path / "leaf.png")
    lines = [
        {"id": "stripes", "text": "zebra zoo", "relevant": "zoo"},
        {"id": "leaf", "image": "leaf.png", "relevant": ["green"]},
        {"text": "bbb", "relevant": {"blue": 2, "red": 0}},
    ]
    (tmp_path / "pairs.jsonl").write_text("\n".join(map(json.dumps, lines)))
    found = library.evaluate(tmp_path / "pairs.jsonl")
    assert found.comparison.scores["rrf"].queries == ("stripes", "leaf", "line-3")
    assert found["rrf"]["mrr"] == 1.0
    (tmp_path / "queries.tsv").write_text("stripes\tzebra zoo\nmusic\tjazz fizz\n")
    write_qrels(Judgements(ANSWERS), tmp_path / "qrels.txt")
    found = library.evaluate(str(tmp_path / "queries.tsv"), str(tmp_path / "qrels.txt"))
    assert found["rrf"]["mrr"] == 1.0
    assert "3 queries (rose, ...) that were not asked" in found.notes[0]


def test_figures_go_to_json_tables_plots_a_page_and_runs(library, tmp_path):
    found = library.evaluate(QUERIES, ANSWERS, drop=["image"], shares=[0, 0.5, 1])
    facts = json.loads(json.dumps(found.to_dict()))
    assert facts["systems"]["rrf"]["figures"]["recall@1"] == 1.0
    assert facts["systems"]["alone: text:keywords"]["figures"]["median-rank"] is None
    assert facts["systems"]["rrf"]["against_baseline"]["wins"] == 2
    assert [each["system"] for each in facts["dropped"]] == [*LEGS, "rrf"]
    text = str(found)
    assert text.startswith("5 judged queries") and "ndcg@10 as documents lose image" in text
    found.plot(tmp_path / "figures.svg")
    assert ElementTree.parse(tmp_path / "figures.svg").getroot().tag.endswith("svg")
    found.plot(tmp_path / "figures.png")
    with Image.open(tmp_path / "figures.png") as drawn:
        assert min(drawn.size) > 300
    found.plot_dropping(tmp_path / "dropping.svg")
    page = found.to_html()
    assert "Evaluation of 5 judged queries" in page and page.count("<svg") == 2 and "alone: text:keywords" in page
    assert "http://" not in page.replace("http://www.w3.org", "").replace("http://purl.org", "").replace(
        "http://creativecommons.org", ""
    )
    written = found.write_runs(tmp_path / "out.run")
    assert [path.name for path in written][-1] == "out.rrf.run"
    assert read_run(written[-1])["sea"].ids == found.runs["rrf"]["sea"].ids


@pytest.mark.parametrize("name", ["figures.pdf", "figures"])
def test_a_plot_in_another_format_is_refused(library, tmp_path, name):
    with pytest.raises(EvaluationError, match=r"\.png or \.svg"):
        library.evaluate(QUERIES, ANSWERS).plot(tmp_path / name)


def test_a_ranking_is_as_deep_as_is_asked(library):
    found = library.evaluate(QUERIES, ANSWERS, measures=["recall@2"], depth=2)
    assert max(len(ranking) for run in found.runs.values() for ranking in run.values()) == 2
