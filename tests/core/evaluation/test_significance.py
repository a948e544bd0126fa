"""Intervals and tests: against scipy's own, and against what is known beforehand."""

import itertools
import math

import numpy as np
import pytest
from scipy import stats

from chiasm.errors import EvaluationError
from chiasm.evaluation import holm, interval, measure, paired_test


def test_the_t_test_is_the_paired_one_of_scipy():
    random = np.random.default_rng(1)
    first = random.random(60)
    second = first + random.normal(0.03, 0.1, 60)
    found = paired_test(first, second)
    assert found.t_test == pytest.approx(stats.ttest_rel(second, first).pvalue, abs=1e-9)
    assert found.difference == pytest.approx((second - first).mean())
    assert (found.wins, found.losses) == ((second > first).sum(), (second < first).sum())
    assert found.randomization == pytest.approx(found.t_test, abs=0.03)


def test_the_randomization_test_of_few_queries_is_exact():
    first, second = np.array([0.1, 0.5, 0.3, 0.9, 0.0]), np.array([0.4, 0.6, 0.2, 1.0, 0.7])
    differences = second - first
    means = [abs(np.mean(differences * signs)) for signs in itertools.product((1, -1), repeat=5)]
    expected = np.mean([mean >= abs(differences.mean()) - 1e-12 for mean in means])
    assert paired_test(first, second).randomization == pytest.approx(expected)


def test_the_randomization_test_of_many_queries_is_that_of_scipy():
    random = np.random.default_rng(4)
    first = random.random(50)
    second = first + random.normal(0.03, 0.1, 50)
    expected = stats.permutation_test(
        (second - first,), lambda x, axis: np.mean(x, axis=axis), permutation_type="samples", vectorized=True,
        n_resamples=10_000, rng=np.random.default_rng(0),
    )  # fmt: skip
    assert paired_test(first, second).randomization == pytest.approx(expected.pvalue, abs=0.01)


def test_equal_systems_do_not_differ_and_one_query_proves_nothing():
    same = paired_test(np.array([0.3, 0.1 + 0.2]), np.array([0.3, 0.3]))
    assert (same.difference, same.t_test, same.randomization, same.wins, same.losses) == (0.0, 1.0, 1.0, 0, 0)
    one = paired_test(np.array([0.0]), np.array([1.0]))
    assert math.isnan(one.t_test) and one.randomization == 1.0


@pytest.mark.parametrize(
    ("first", "second"), [([1.0], [1.0, 2.0]), ([], []), ([np.inf, 1.0], [1.0, 1.0]), ([np.nan], [1.0])]
)
def test_values_that_cannot_be_compared_are_refused(first, second):
    with pytest.raises(EvaluationError):
        paired_test(np.array(first), np.array(second))


def test_holm_corrects_for_several_tests():
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    corrected = holm([0.5, math.nan, 0.6])
    assert corrected[0] == corrected[2] == 1.0 and math.isnan(corrected[1])
    assert holm([]) == []


def test_an_interval_of_a_mean_is_near_the_normal_one():
    values = np.random.default_rng(0).random(400)
    found = interval(measure("mrr"), values)
    spread = 1.96 * values.std(ddof=1) / 20
    assert found.low == pytest.approx(values.mean() - spread, abs=0.005)
    assert found.high == pytest.approx(values.mean() + spread, abs=0.005)
    assert interval(measure("mrr"), values) == found
    wider = interval(measure("mrr"), values, confidence=0.99)
    assert wider.low < found.low and wider.high > found.high


def test_intervals_cover_the_truth_about_as_often_as_they_say():
    random = np.random.default_rng(5)
    covered = 0
    for seed in range(200):
        found = interval(measure("recall@5"), (random.random(80) < 0.3).astype(float), resamples=400, seed=seed)
        covered += found.low <= 0.3 <= found.high
    assert 178 <= covered <= 200


def test_ranks_of_which_some_are_infinite_have_an_interval_of_their_median():
    found = interval(measure("median-rank"), np.array([1.0, 2.0, 3.0, np.inf, np.inf]))
    assert found.low == 1.0 and found.high == math.inf


def test_an_interval_of_one_query_or_of_equal_values_is_the_figure():
    for values in ([0.25], [0.25, 0.25, 0.25]):
        found = interval(measure("mrr"), np.array(values))
        assert (found.low, found.high) == (0.25, 0.25)
