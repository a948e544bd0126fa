"""TREC files: what is written is read back, and trec_eval orders it alike."""

import numpy as np
import pytest
import pytrec_eval
from hypothesis import given, settings
from hypothesis import strategies as st

from chiasm.contracts import Ranking
from chiasm.errors import EvaluationError
from chiasm.evaluation import Judgements, read_qrels, read_run, score, write_qrels, write_run
from chiasm.evaluation.trec_files import in_trec_order

ids = st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=6)


@settings(deadline=None)
@given(st.dictionaries(ids, st.dictionaries(ids, st.integers(-2, 5), min_size=1), min_size=1))
def test_judgements_are_read_as_they_were_written(tmp_path_factory, grades):
    path = tmp_path_factory.mktemp("qrels") / "qrels"
    write_qrels(Judgements(grades), path)
    assert dict(read_qrels(path)) == grades


@settings(deadline=None)
@given(st.lists(ids, unique=True, min_size=1), st.data())
def test_a_run_keeps_its_order_also_through_trec_eval_s_single_precision(tmp_path_factory, names, data):
    scores = st.one_of(st.floats(-1e6, 1e6), st.sampled_from([0.0, 1.0, 1.0 + 1e-12, -1e-40]))
    values = sorted(data.draw(st.lists(scores, min_size=len(names), max_size=len(names))), reverse=True)
    path = tmp_path_factory.mktemp("run") / "run"
    write_run({"q": Ranking(tuple(names), np.array(values))}, path)
    ranking = read_run(path)["q"]
    assert list(ranking.ids) == names
    assert (np.diff(ranking.scores.astype(np.float32)) < 0).all()


def test_the_run_that_is_written_scores_the_same_in_trec_eval(tmp_path):
    random = np.random.default_rng(3)
    documents = [f"d{at}" for at in range(50)]
    rankings = {
        f"q{at}": Ranking.from_scores(dict(zip(documents, random.integers(0, 5, 50) / 60.0, strict=True)))
        for at in range(20)
    }
    grades = {query: {name: int(random.random() < 0.2) for name in documents} for query in rankings}
    write_run(rankings, tmp_path / "run", tag="rank fusion")
    run: dict[str, dict[str, float]] = {}
    for line in (tmp_path / "run").read_text().splitlines():
        query, q0, document, _, value, tag = line.split()
        assert (q0, tag) == ("Q0", "rank_fusion")
        run.setdefault(query, {})[document] = float(value)
    expected = pytrec_eval.RelevanceEvaluator(grades, {"map"}).evaluate(run)
    found = score(grades, rankings, ["map"])
    assert found.values["map"] == pytest.approx([expected[query]["map"] for query in found.queries], abs=1e-9)


def test_ties_of_a_run_are_ordered_as_trec_eval_does():
    scores = {"a": 1.0, "b": 1.0, "c": 1.0 + 1e-12, "d": 0.5}
    ranking = in_trec_order(scores)
    assert ranking.ids == ("c", "b", "a", "d")
    assert (np.diff(ranking.scores) <= 0).all()


def test_ids_with_spaces_and_percent_signs_survive(tmp_path):
    write_run({"my query": Ranking(("100% dog.jpg", "a%20b"), np.array([2.0, 1.0]))}, tmp_path / "run")
    assert (tmp_path / "run").read_text().startswith("my%20query Q0 100%25%20dog.jpg 1 2 chiasm\n")
    assert read_run(tmp_path / "run")["my query"].ids == ("100% dog.jpg", "a%20b")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("q1 0 d1 1\nq1 0 d2\n", r"qrels:2: a line has 4 fields.* this one 3"),
        ("q1 0 d1 x\n", r"qrels:1: the grade 'x' is no whole number"),
        ("q1 0 d1 1.5\n", r"qrels:1: the grade '1.5'"),
        ("q1 0 d1 1\n\nq1 0 d1 0\n", r"qrels:3: 'd1' has two grades for the query 'q1'"),
        ("", "there are no judgements"),
        ("\n \n", "there are no judgements"),
    ],
)
def test_a_malformed_line_of_judgements_is_told_with_file_and_line(tmp_path, text, message):
    (tmp_path / "qrels").write_text(text)
    with pytest.raises(EvaluationError, match=message):
        read_qrels(tmp_path / "qrels")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("q Q0 d 1 0.5\n", "run:1: a line has 6 fields"),
        ("q Q0 d 1 nan t\n", "run:1: the score 'nan' is no finite number"),
        ("q Q0 d 1 high t\n", "run:1: the score 'high'"),
        ("q Q0 d 1 2 t\nq Q0 d 2 1 t\n", "run:2: 'd' is ranked twice"),
    ],
)
def test_a_malformed_line_of_a_run_is_told_with_file_and_line(tmp_path, text, message):
    (tmp_path / "run").write_text(text)
    with pytest.raises(EvaluationError, match=message):
        read_run(tmp_path / "run")


@pytest.mark.parametrize("read", [read_qrels, read_run])
def test_a_file_that_cannot_be_read_is_named(tmp_path, read):
    with pytest.raises(EvaluationError, match=r"none: the file cannot be read"):
        read(tmp_path / "none")
    (tmp_path / "bytes").write_bytes(b"\xff\xfe\x00q")
    with pytest.raises(EvaluationError, match=r"bytes: the file cannot be read"):
        read(tmp_path / "bytes")


def test_scores_that_are_not_finite_are_not_written(tmp_path):
    with pytest.raises(EvaluationError, match="ranking of 'q'"):
        write_run({"q": Ranking(("a",), np.array([np.nan]))}, tmp_path / "run")
