"""Documents by the names that people write in judgements."""

import numpy as np
import pytest

from chiasm.contracts import Ranking
from chiasm.errors import EvaluationError
from chiasm.evaluation import Judgements
from chiasm.evaluation.naming import DocumentNames

NAMES = DocumentNames(["/home/a/dog", "/home/b/cat", "/home/c/cat", "sku-7", "/home/v1.2"])


@pytest.mark.parametrize(
    ("name", "id"),
    [
        ("sku-7", "sku-7"),
        ("/home/a/dog", "/home/a/dog"),
        ("dog", "/home/a/dog"),
        ("dog.jpg", "/home/a/dog"),
        ("./a/dog.jpg", "/home/a/dog"),
        ("b/cat", "/home/b/cat"),
        ("v1.2", "/home/v1.2"),
        ("cat", None),  # there are two
        ("og", None),
        ("7", None),
        ("", None),
        (".", None),
    ],
)
def test_a_name_stands_for_the_one_document_whose_id_ends_in_it(name, id):
    assert NAMES.id_of(name) == id


def test_judgements_and_runs_are_translated_and_unknown_names_stay():
    assert dict(NAMES.judgements(Judgements({"q": {"dog.jpg": 1, "cat": 2}}))) == {"q": {"/home/a/dog": 1, "cat": 2}}
    ranking = NAMES.run({"q": Ranking(("dog", "gone"), np.array([2.0, 1.0]))})["q"]
    assert ranking.ids == ("/home/a/dog", "gone")


def test_two_names_of_one_document_with_different_grades_are_refused():
    with pytest.raises(EvaluationError, match=r"'dog\.jpg' has two grades for the query 'q'"):
        NAMES.judgements(Judgements({"q": {"dog": 1, "dog.jpg": 2}}))
