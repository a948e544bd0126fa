"""Late fusions beside ranx, and beside plain references where ranx defines something else or nothing."""

from __future__ import annotations

import math
import warnings
from itertools import pairwise

import numpy as np
import pytest
from scipy.special import log_softmax
from scipy.stats import zscore

from chiasm import late_fusion
from chiasm.contracts import Ranking, Rankings

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import ranx

TOLERANCE = 1e-6
SOURCES = ("image", "text", "words")


def some_scores(random, kind, count):
    """Scores that are all different, or such that many are tied; never all equal, and of at least two ids."""
    if kind == "random":
        return random.normal(size=count)
    scores = random.integers(0, 3, size=count).astype(float)
    scores[:2] = 0, 2
    return scores


@pytest.fixture(scope="module")
def runs():
    """By source, scores by id by query: random ones, tied ones, and queries that not every source answers."""
    random = np.random.default_rng(11)
    made = {source: {} for source in SOURCES}
    for number in range(60):
        kind = "tied" if number % 2 else "random"
        silent = {0: (), 1: ("text",), 2: ("image", "words")}[number % 3]
        for source in SOURCES:
            ids = random.choice(30, 0 if source in silent else random.integers(2, 20), replace=False)
            scores = some_scores(random, kind, len(ids)) if len(ids) else []
            made[source][f"q{number:02}"] = {f"d{at:02}": float(score) for at, score in zip(ids, scores, strict=True)}
    return made


@pytest.fixture(scope="module")
def references(runs):
    """The same as runs of ranx, which cannot be made of a query without results: those are emptied afterwards."""
    made = []
    for by_query in runs.values():
        run = ranx.Run({query: found or {"none": 0.0} for query, found in by_query.items()})
        for query, found in by_query.items():
            if not found:
                del run.run[query]["none"]
        made.append(run)
    return made


@pytest.fixture(scope="module")
def rankings(runs, references):
    """The same as rankings of chiasm, with tied ids in the order that ranx gives them."""
    return {
        source: Rankings.of(
            {
                query: Ranking(tuple(found), np.fromiter(found.values(), float, len(found)))
                for query, found in ((query, dict(run.run[query])) for query in runs[source])
            }
        )
        for source, run in zip(SOURCES, references, strict=True)
    }


def ranx_fused(references, **options):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # numba's, about integers
        fused = ranx.fuse(references, **options)
    return {query: dict(fused.run[query]) for query in fused.run}


def assert_agree(fused, reference):
    assert fused.keys() == reference.keys()
    for query, scores in fused.items():
        assert scores == pytest.approx(reference[query], rel=TOLERANCE, abs=TOLERANCE), query
        values = [reference[query][name] for name in scores]
        assert all(later <= earlier + TOLERANCE for earlier, later in pairwise(values)), query


NORMS = {"min-max": "min-max", "sum": "sum", "rank": "rank", "none": None}
"""Normalizations of chiasm, and their names in ranx. It has no 'dbsf', and its z-scores lose whole queries where a
source found nothing for one."""


@pytest.mark.parametrize(
    "name, params, options",
    [
        ("rrf", {}, {"norm": None, "method": "rrf"}),
        ("rrf", {"k": 5}, {"norm": None, "method": "rrf", "params": {"k": 5}}),
        ("borda", {}, {"norm": None, "method": "bordafuse"}),
        ("isr", {}, {"norm": None, "method": "isr"}),
        *(("comb-mnz", {"normalization": ours}, {"norm": theirs, "method": "mnz"}) for ours, theirs in NORMS.items()),
        *(
            ("comb-sum", {"normalization": ours}, {"norm": theirs, "method": "sum"})
            for ours, theirs in NORMS.items()
            if ours != "none"
        ),
        (
            "weighted-sum",
            {"weights": {"image": 0.2, "text": 0.3, "words": 0.5}},
            {"norm": "min-max", "method": "wsum", "params": {"weights": [0.2, 0.3, 0.5]}},
        ),
    ],
    ids=str,
)
def test_fusions_agree_with_ranx(rankings, references, name, params, options):
    fused = late_fusion(name, **params)(rankings)
    assert_agree(fused.to_dicts(), ranx_fused(references, **options))


def test_weighted_borda_agrees_with_ranx_where_weights_do(rankings, references):
    # ranx multiplies the points of weighted Borda-fuse as chiasm does.
    weights = {"image": 0.2, "text": 1.0, "words": 3.0}
    reference = ranx_fused(
        references, norm=None, method="w_bordafuse", params={"weights": [weights[source] for source in SOURCES]}
    )
    assert_agree(late_fusion("borda", weights=weights)(rankings).to_dicts(), reference)


def reference_of(runs, normalized, missing):
    """Sums of what ``normalized`` makes of the scores, and of ``missing`` for a source that found other ids."""
    fused = {}
    for query in runs[SOURCES[0]]:
        found = [runs[source][query] for source in SOURCES if runs[source][query]]
        terms = [dict(zip(each, normalized(list(each.values())), strict=True)) for each in found]
        ids = {name for term in terms for name in term}
        fused[query] = {name: sum(term.get(name, missing(term)) for term in terms) for name in ids}
    return fused


def no_more(_):
    return 0.0


def lowest_below_zero(term):
    return min(0.0, *term.values(), 0.0)


def dbsf(scores):
    """As Qdrant: mean and deviation with divisor n - 1, three deviations each way, half where there is no spread."""
    if len(set(scores)) == 1:
        return [0.5] * len(scores)
    mean, deviation = np.mean(scores), np.std(scores, ddof=1)
    return [(score - (mean - 3 * deviation)) / (6 * deviation) for score in scores]


def test_z_scores_are_those_of_scipy_and_what_was_not_found_is_never_above_what_was(runs, rankings):
    # ranx lets a source that did not find an id give it 0, the mean, and so more than to half of what it found.
    reference = reference_of(runs, zscore, lowest_below_zero)
    for name in ("comb-sum", "weighted-sum"):
        assert_agree(late_fusion(name, normalization="z-score")(rankings).to_dicts(), reference)


def test_comb_mnz_of_z_scores_multiplies_their_sum(runs, rankings):
    reference = reference_of(runs, zscore, no_more)
    for query, scores in reference.items():
        for name in scores:
            scores[name] *= sum(name in runs[source][query] for source in SOURCES)
    assert_agree(late_fusion("comb-mnz", normalization="z-score")(rankings).to_dicts(), reference)


def test_unscaled_scores_are_added_and_what_was_not_found_is_never_above_what_was(runs, rankings):
    reference = reference_of(runs, list, lowest_below_zero)
    assert_agree(late_fusion("comb-sum", normalization="none")(rankings).to_dicts(), reference)


def test_dbsf_is_that_of_qdrant(runs, rankings):
    assert_agree(late_fusion("comb-sum", normalization="dbsf")(rankings).to_dicts(), reference_of(runs, dbsf, no_more))


@pytest.mark.parametrize(
    "normalization, due", [("min-max", 1.0), ("z-score", 0.0), ("dbsf", 0.5), ("sum", 0.25), ("none", 0.1)]
)
def test_scores_that_are_all_equal(normalization, due):
    # ranx gives 0 for min-max and sum, as if the source had not found these ids.
    equal = dict.fromkeys("abcd", 0.1)
    fused = late_fusion("comb-sum", normalization=normalization)({"text": equal})
    assert fused.to_dict() == pytest.approx(dict.fromkeys("abcd", due))


def test_the_product_multiplies_probabilities(runs, rankings):
    def logs(scores):
        return log_softmax(zscore(scores))

    reference = reference_of(runs, logs, lambda term: min(term.values()))
    assert_agree(late_fusion("product", floor=1e-12)(rankings).to_dicts(), reference)


def test_the_product_of_given_probabilities_with_weights():
    random = np.random.default_rng(3)
    image, audio = (random.dirichlet(np.ones(10), size=50) for _ in range(2))
    fused = late_fusion("product", probabilities="given", weights={"audio": 2.0})({"image": image, "audio": audio})
    ids = [str(at) for at in range(10)]
    np.testing.assert_allclose(fused.to_array(ids), np.log(image) + 2 * np.log(audio), atol=TOLERANCE)


def test_weights_multiply_inverse_squares(runs, rankings):
    fused = late_fusion("isr", weights={"text": 3.0, "words": 0.5})(rankings)
    for query, scores in fused.to_dicts().items():
        for name, score in scores.items():
            terms = [
                weight / (rankings[source][query].ids.index(name) + 1) ** 2
                for source, weight in (("image", 1.0), ("text", 3.0), ("words", 0.5))
                if name in runs[source][query]
            ]
            assert score == pytest.approx(len(terms) * math.fsum(terms), rel=TOLERANCE)
