"""Files of queries: what they may say, and where they are wrong."""

import pytest

from chiasm.errors import EvaluationError
from chiasm.evaluation import read_queries


def test_a_line_of_json_may_have_several_modalities_a_filter_and_grades(tmp_path):
    path = tmp_path / "queries.jsonl"
    path.write_text(
        '\ufeff{"id": 7, "text": "a dog", "image": "dogs/a.jpg", "where": "year = 2020", "relevant": {"a": 2}}\n'
        '\n{"audio": "/sounds/bark.wav", "relevant": []}\n',
        encoding="utf-8",
    )
    queries, judgements = read_queries(path)
    assert queries["7"].given == {"text": "a dog", "image": tmp_path / "dogs/a.jpg"}
    assert queries["7"].condition == "year = 2020"
    assert str(queries["line-3"].given["audio"]) == "/sounds/bark.wav"
    assert dict(judgements) == {"7": {"a": 2}, "line-3": {}}
    assert judgements.unanswered == ("line-3",)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "there are no queries"),
        ("{", r"q\.jsonl:1: this is no JSON"),
        ('{"text": "a"}\n["b"]', r"q\.jsonl:2: an object is due"),
        ('{"txt": "a"}', r"q\.jsonl:1: .*no 'txt'\. Did you mean 'text'"),
        ('{"id": "a"}', "at least one of text, image, audio, video"),
        ('{"text": " "}', "'text' is a text or a path"),
        ('{"text": 3}', "and here 3"),
        ('{"id": true, "text": "a"}', "an id is a text or a whole number"),
        ('{"id": "a", "text": "a"}\n{"id": "a", "text": "b"}', r"jsonl:2: the id 'a' is there already, at .*jsonl:1"),
        ('{"text": "a", "relevant": 3}', "'relevant' is an id, a list of ids"),
        ('{"text": "a", "relevant": {"d": 0.5}}', "whole grades"),
        ('{"text": "a", "relevant": {"d": true}}', "whole grades"),
        ('{"text": "a", "where": 3}', "'where' is a filter"),
        (
            '{"text": "a", "relevant": "d"}\n{"text": "b"}',
            r"jsonl:2: 1 queries say what is relevant",
        ),
    ],
)
def test_a_malformed_line_of_json_is_told_with_file_and_line(tmp_path, text, message):
    (tmp_path / "q.jsonl").write_text(text)
    with pytest.raises(EvaluationError, match=message):
        read_queries(tmp_path / "q.jsonl")


@pytest.mark.parametrize("text", ["only words\n", "q1\t\n", "\ttext\n"])
def test_a_malformed_line_of_text_is_told_with_file_and_line(tmp_path, text):
    (tmp_path / "q.tsv").write_text("q0\tfine\n" + text)
    with pytest.raises(EvaluationError, match=r"q\.tsv:2: a line has an id, a tab and a text"):
        read_queries(tmp_path / "q.tsv")


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(EvaluationError, match="cannot be read"):
        read_queries(tmp_path / "none.jsonl")
