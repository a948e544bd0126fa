"""learned: as scikit-learn, not misled by a useless source, kept in safe files, and refused for other sources."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from chiasm import late_fusion
from chiasm.contracts import Rankings, candidates_of
from chiasm.errors import ConfigError, FusionError, ModelUnavailable
from chiasm_plugins.fusions.learned_features import features
from chiasm_plugins.fusions.learned_model import importance

IDS = [f"d{at:02}" for at in range(40)]
QUERIES = [f"q{at:03}" for at in range(80)]
METHODS = ("logistic", "boosting")


def searched(seed, **clearness):
    """Rankings of 30 of 40 ids by source, the better the clearer a source sees, and what is relevant: 4 ids a query."""
    random = np.random.default_rng(seed)
    relevant = np.argsort(random.random((len(QUERIES), len(IDS))), axis=1) < 4
    rankings = {}
    for source, clear in clearness.items():
        scores = random.normal(size=relevant.shape) + clear * relevant
        scores[np.argsort(np.argsort(scores, axis=1), axis=1) < 10] = -np.inf
        rankings[source] = Rankings.from_array(scores, IDS, QUERIES)
    judged = {
        query: {name: int(yes) for name, yes in zip(IDS, row, strict=True)}
        for query, row in zip(QUERIES, relevant.tolist(), strict=True)
    }
    return rankings, judged


def precision(fused, judged):
    return np.mean([judged[query][name] for query, ranking in fused.items() for name in ranking.ids[:4]])


@pytest.fixture(scope="module", params=METHODS)
def method(request):
    return request.param


@pytest.fixture(scope="module")
def trained(method):
    rankings, judged = searched(1, text=2.0, image=1.0)
    return late_fusion("learned", method=method).fit(rankings, judged)


def test_logistic_regression_is_that_of_scikit_learn():
    rankings, judged = searched(1, text=2.0, image=1.0)
    fusion = late_fusion("learned", regularization=4.0).fit(rankings, judged)
    candidates, named = candidates_of(rankings)
    seen = features(candidates, candidates.sources)
    relevant = np.array([judged[query][name] for query, name in named])
    scaled = (seen - seen.mean(axis=0)) / seen.std(axis=0)
    reference = LogisticRegression(C=0.25, class_weight="balanced", max_iter=1_000).fit(scaled, relevant)
    np.testing.assert_allclose(fusion.score(candidates), reference.decision_function(scaled), rtol=1e-6, atol=1e-6)


def test_boosted_trees_are_those_of_scikit_learn():
    rankings, judged = searched(1, text=2.0, image=1.0)
    fusion = late_fusion("learned", method="boosting", trees=30, depth=3, seed=5).fit(rankings, judged)
    candidates, named = candidates_of(rankings)
    seen = features(candidates, candidates.sources)
    relevant = np.array([judged[query][name] for query, name in named]) > 0
    weights = np.where(relevant, 0.5 / relevant.sum(), 0.5 / (~relevant).sum()) * len(relevant)
    reference = GradientBoostingClassifier(n_estimators=30, max_depth=3, subsample=0.5, random_state=5)
    reference.fit(seen, relevant, sample_weight=weights)
    np.testing.assert_allclose(fusion.score(candidates), reference.decision_function(seen), rtol=1e-6, atol=1e-6)


def test_importance_is_the_area_under_the_roc_curve_that_is_lost():
    random = np.random.default_rng(0)
    relevant = random.random(500) < 0.2
    told = np.stack([relevant + random.normal(size=500), np.round(random.normal(size=500))], axis=1)
    model = {"weights": np.array([1.0, 0.0]), "bias": np.zeros(1)}
    lost = importance(model, told, relevant, 1)
    dealt = np.random.default_rng(0).permutation(told[:, :1])[:, 0]
    assert lost[0] == pytest.approx(roc_auc_score(relevant, told[:, 0]) - roc_auc_score(relevant, dealt))
    assert lost[1] == 0


def test_it_does_better_than_the_better_source_on_other_queries(trained):
    rankings, judged = searched(2, text=2.0, image=1.0)
    assert precision(trained(rankings), judged) > precision(rankings["text"], judged) + 0.03


def test_a_useless_source_gets_no_say(method):
    rankings, judged = searched(1, text=2.0, noise=0.0)
    fusion = late_fusion("learned", method=method).fit(rankings, judged)
    assert fusion.importance["noise"] < 0.1 * fusion.importance["text"]
    others, judged = searched(2, text=2.0, noise=0.0)
    alone = precision(others["text"], judged)
    assert precision(fusion(others), judged) > alone - 0.03
    assert precision(late_fusion("rrf")(others), judged) < alone - 0.1


def test_a_saved_fusion_ranks_alike(trained, tmp_path, method):
    rankings, _ = searched(3, text=2.0, image=1.0)
    path = trained.save(tmp_path / "fused" / "learned.safetensors")
    loaded = late_fusion("learned", model=path)
    assert loaded(rankings).to_dicts() == trained(rankings).to_dicts()
    assert loaded.importance == trained.importance
    (model,) = loaded.models()
    assert model.revision == trained.file.digest


def test_training_again_gives_the_same_file(trained, method):
    rankings, judged = searched(1, text=2.0, image=1.0)
    again = late_fusion("learned", method=method).fit(rankings, judged)
    assert again.file.digest == trained.file.digest


def test_other_sources_are_refused_when_a_pipeline_is_checked(trained, tmp_path):
    path = trained.save(tmp_path / "learned.safetensors")
    loaded = late_fusion("learned", model=path)
    with pytest.raises(FusionError, match="Did you mean 'image'") as refused:
        loaded.check(["imgae", "text"])
    assert "learned.safetensors" in str(refused.value)
    with pytest.raises(FusionError, match="trained on 'text' too"):
        loaded.check(["image"])
    with pytest.raises(FusionError, match="not on 'sound'"):
        loaded.fuse({"sound": ["a", "b"]})


def test_a_query_that_some_sources_do_not_answer_is_fused(trained):
    assert trained.fuse({"text": {"a": 3.0, "b": 1.0}}).ids == ("a", "b")
    assert trained.fuse({"text": {"a": 3.0, "b": 1.0}, "image": {}}).ids == ("a", "b")


def test_it_is_of_no_use_before_training():
    with pytest.raises(FusionError, match="trained first"):
        late_fusion("learned")({"text": ["a"]})
    with pytest.raises(FusionError, match="trained first"):
        late_fusion("learned").save("nowhere")


def test_files_that_are_no_trained_fusion_are_refused(tmp_path):
    missing = late_fusion("learned", model=tmp_path / "missing.safetensors")
    with pytest.raises(ModelUnavailable, match="cannot be read"):
        missing.check(["text"])
    pickled = tmp_path / "pickled.safetensors"
    pickled.write_bytes(pickle.dumps({"weights": [1.0]}))
    with pytest.raises(ModelUnavailable, match="Pickles"):
        late_fusion("learned", model=pickled).check(["text"])


@pytest.mark.parametrize(
    "judged, message",
    [
        ({}, "judged 'none'"),
        ({"query 1": {"d01": 1}}, "searched was 'q000'.*judged 'query 1'"),
        ({"q000": {"d1.jpg": 1}}, "is relevant"),
        ({query: dict.fromkeys(IDS, 1) for query in QUERIES}, "is not relevant"),
    ],
)
def test_judgements_that_nothing_can_be_learnt_from_are_refused(judged, message):
    rankings, _ = searched(1, text=2.0, image=1.0)
    with pytest.raises(FusionError, match=message):
        late_fusion("learned").fit(rankings, judged)


def test_rankings_that_nothing_can_be_learnt_from_are_refused():
    for rankings in ({}, {"text": {}}, {"text": {"q000": []}}):
        with pytest.raises(FusionError, match="found anything"):
            late_fusion("learned").fit(rankings, {"q000": {"d01": 1}})
    with pytest.raises(FusionError, match="twice"):
        late_fusion("learned").fit({"text": {"q000": ["a", "a"]}}, {"q000": {"a": 1}})
    with pytest.raises(FusionError, match="finite"):
        late_fusion("learned").fit({"text": {"q000": {"a": np.nan}}}, {"q000": {"a": 1}})


def test_params_that_mean_nothing_are_refused():
    for params in ({"method": "forest"}, {"trees": 0}, {"depth": 0}, {"regularization": 0}, {"weights": {"text": 1}}):
        with pytest.raises(ConfigError):
            late_fusion("learned", **params)
