"""Calibration: scores told by how they stand among those of what is stored."""

import numpy as np
import pytest

from chiasm import Document, Item, Pipeline, use
from chiasm.errors import ConfigError
from chiasm.search.calibration import usual_scores
from chiasm.space import EmbeddingSpace

YAML = """
components:
  words: {use: letters}
  keywords: {use: bm25}
  sight: {use: shade}
index:
  - {encode: text, with: words}
  - {encode: text, with: keywords}
  - {encode: image, with: sight}
search: {calibrate: CALIBRATE, FUSE}
"""


def picture(colour):
    return Item.of_image(np.full((16, 16, 3), colour, np.uint8))


# Texts that share letters with every query, and pictures of which one has the colour that is asked for: the same
# cosine says much of a picture and little of a text.
TEXTS = {f"text-{n}": "rrr gg b " + "e" * n for n in range(12)}
PICTURES = {f"picture-{n}": (40 + 8 * n, 200 - 3 * n, 220) for n in range(12)} | {"red": (150, 90, 160)}
DOCUMENTS = [Document(name, {"text": [Item.of_text(text)]}) for name, text in TEXTS.items()]
DOCUMENTS += [Document(name, {"image": [picture(colour)]}) for name, colour in PICTURES.items()]


@pytest.fixture(scope="module")
def library_with(registry, tmp_path_factory):
    store = tmp_path_factory.mktemp("calibration") / "store"

    def library_with(calibrate, fuse="merge_gap: 2"):
        text = YAML.replace("CALIBRATE", calibrate).replace("FUSE", fuse)
        return Pipeline.from_yaml(text, store=store, registry=registry)

    with library_with("none") as library:
        assert library.index(DOCUMENTS).failures == ()
    return library_with


def leg(library, query, name="text:words"):
    """Scores by document, and the stored vectors of each field."""
    with library:
        run = library.evaluate({"q": query}, {"q": {"red": 1}}, measures=["mrr"], fusions=["rrf"]).runs[
            f"alone: {name}"
        ]
    return run["q"].to_dict()


def test_a_z_score_is_the_distance_from_the_mean_of_the_field_in_deviations(library_with):
    raw, calibrated, middle = (leg(library_with(how), "rrr") for how in ("none", "z-score", "centre"))
    for names in (TEXTS, PICTURES):
        scores = np.array([raw[name] for name in names])
        expected = (scores - scores.mean()) / scores.std()
        assert [calibrated[name] for name in names] == pytest.approx(expected, abs=1e-3)
        assert [middle[name] for name in names] == pytest.approx(scores - scores.mean(), abs=1e-4)


def test_a_field_of_high_cosines_no_longer_hides_the_others(library_with):
    raw, calibrated = (leg(library_with(how), "rrr") for how in ("none", "z-score"))
    assert max(raw, key=raw.get).startswith("text")
    assert max(calibrated, key=calibrated.get) == "red"


def test_keywords_are_calibrated_over_the_whole_field(library_with):
    raw, calibrated = (leg(library_with(how), "rrr ee", "text:keywords") for how in ("none", "z-score"))
    scores = np.array([raw.get(name, 0.0) for name in TEXTS])
    for name, score in raw.items():
        assert calibrated[name] == pytest.approx((score - scores.mean()) / scores.std(), rel=1e-4)


def test_hits_keep_the_score_of_their_leg(library_with):
    with library_with("z-score") as library:
        hits = library.search("rrr", where="modality = image")
    assert hits[0].id == "red"
    assert all(0 < found.score <= 1 for hit in hits for found in hit.legs)


def test_calibrated_scores_are_summed_as_they_are(library_with):
    fuse = "fuse: {use: weighted-sum, params: {normalization: calibrated, coverage: available}}"
    with library_with("z-score", fuse) as library:
        found = library.evaluate({"q": "rrr"}, {"q": {"red": 1}}, measures=["mrr"])
        assert found.runs["weighted-sum {normalization: calibrated, coverage: available}"]["q"].ids[0] == "red"


def test_a_fusion_of_calibrated_scores_needs_a_search_that_calibrates(library_with):
    fuse = "fuse: {use: weighted-sum, params: {normalization: calibrated}}"
    with pytest.raises(ConfigError, match=r"search\.fuse.*calibrates none.*Add 'calibrate: z-score'"):
        library_with("none", fuse)


def test_an_evaluation_calibrates_for_the_fusion_that_needs_it_alone(library_with):
    with library_with("none") as library:
        summed = use("weighted-sum", normalization="calibrated", coverage="available")
        fusions = {"raw": "rrf", "calibrated": summed}
        found = library.evaluate({"q": "rrr"}, {"q": {"red": 1}}, measures=["mrr"], fusions=fusions)
    assert found["calibrated"]["mrr"] == 1.0
    assert found["raw"]["mrr"] < 1.0


@pytest.mark.parametrize("metric", ["cosine", "dot", "euclid"])
def test_usual_scores_are_those_of_the_space(metric):
    random = np.random.default_rng(0)
    query, sample = random.normal(size=5).astype(np.float32), random.normal(size=(7, 5)).astype(np.float32)
    found = usual_scores(query, sample, EmbeddingSpace("x", 5, normalization="none", metric=metric))
    lengths = np.linalg.norm(sample, axis=1) * np.linalg.norm(query)
    expected = {
        "cosine": sample @ query / lengths,
        "dot": sample @ query,
        "euclid": -np.linalg.norm(sample - query, axis=1),
    }
    assert found == pytest.approx(expected[metric], abs=1e-5)


def test_usual_scores_of_several_vectors_are_sums_of_the_nearest():
    random = np.random.default_rng(1)
    query = random.normal(size=(3, 5)).astype(np.float32)
    sample = [random.normal(size=(count, 5)).astype(np.float32) for count in (2, 4)]
    space = EmbeddingSpace("x", 5, normalization="none", metric="dot", kind="multi")
    expected = [(query @ each.T).max(axis=1).sum() for each in sample]
    assert usual_scores(query, sample, space) == pytest.approx(expected, rel=1e-5)


def test_a_field_without_vectors_has_no_usual_score():
    assert len(usual_scores(np.ones(3, np.float32), [], EmbeddingSpace("x", 3))) == 0
