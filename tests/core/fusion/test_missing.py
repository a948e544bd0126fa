"""What a fuse step does about missing fields: skip, zero, mean, translate; from the configuration to the store."""

from __future__ import annotations

import numpy as np
import pytest
from letters_plugin import SPACE, letters

from chiasm import Document, Item, Pipeline, early_fusion
from chiasm.errors import ChiasmError, FusionError
from chiasm.filters import Compare
from chiasm.fusion import fill_missing

RED = np.full((16, 16, 3), (250, 5, 5), np.uint8)

CONFIG = """
chiasm: 1
components:
  words: {{use: letters}}
  sight: {{use: shade}}
index:
  - encode: text
    with: words
  - encode: image
    with: sight
  - fuse: [text, image]
    as: joint
    with: {fusion}
    missing: {missing}
"""

TRANSLATED = """
chiasm: 1
components:
  words: {use: letters}
  sight: {use: shade}
documents:
  fields: {text: {column: text}, notes: {column: notes, modality: text}, image: {column: image}}
index:
  - translate: notes -> line
    with: {use: lines}
  - encode: [text, line]
    with: words
  - encode: image
    with: sight
  - fuse: [text, image]
    with: {use: concat}
    missing: translate
"""


def documents():
    return [
        Document("both", {"text": [Item.of_text("abba")], "image": [Item.of_image(RED)]}),
        Document("text", {"text": [Item.of_text("deed")]}),
        Document("image", {"image": [Item.of_image(RED)]}),
    ]


@pytest.fixture
def run(registry, tmp_path):
    """Indexes documents by a configuration and gives their fused vectors, by document."""

    def run(config, entries=None):
        with Pipeline.from_yaml(config, store=tmp_path / "store", registry=registry) as pipeline:
            report = pipeline.index(entries or documents())
            assert report.failures == ()
            pipeline.search("a")
            plan = pipeline.plan()
            (step,) = plan.fusions
            ids = [point.id for point in plan.store.scroll(Compare("field", "=", step.target))]
            points = plan.store.retrieve(ids, with_vectors=True)
            return {point.payload["doc"]: point.vectors[step.vector] for point in points}

    return run


@pytest.fixture
def trained(registry, tmp_path):
    """A fusion trained on the spaces of the letters plugin."""
    random = np.random.default_rng(0)
    vectors = {name: random.random((40, 26)).astype(np.float32) for name in ("text", "image")}
    fusion = early_fusion("gated", dim=8, epochs=1, objective="views")
    fusion.fit(vectors, spaces={"text": SPACE, "image": SPACE}).save(tmp_path / "gated.safetensors")
    return fusion


def red():
    vector = np.zeros(26, np.float32)
    vector[[17, 6, 1]] = np.array([250, 5, 5]) + 1e-3
    return vector / np.linalg.norm(vector)


def unit(vector):
    return vector / np.linalg.norm(vector)


CONCAT = "{use: concat}"
# Fields in the order of their names: image, then text.
NOTHING = np.zeros(26, np.float32)


def test_skip_tells_the_fusion_which_fields_are_missing(run):
    found = run(CONFIG.format(fusion=CONCAT, missing="skip"))
    np.testing.assert_allclose(found["both"], unit(np.hstack([red(), letters("abba")])), atol=1e-5)
    np.testing.assert_allclose(found["text"], np.hstack([NOTHING, letters("deed")]), atol=1e-5)
    np.testing.assert_allclose(found["image"], np.hstack([red(), NOTHING]), atol=1e-5)


@pytest.mark.parametrize("missing", ["skip", "zero", "mean"])
def test_a_trained_fusion_is_given_the_mask_the_zeros_or_the_means(run, trained, tmp_path, missing):
    found = run(
        CONFIG.format(fusion=f"{{use: gated, params: {{model: {tmp_path / 'gated.safetensors'}}}}}", missing=missing)
    )
    filled = {"skip": np.full(26, np.nan), "zero": NOTHING, "mean": trained.means["image"]}[missing]
    expected = trained({"text": letters("deed")[None], "image": filled[None]})[0]
    np.testing.assert_allclose(found["text"], expected, atol=1e-5)
    other = trained({"text": letters("deed")[None], "image": red()[None]})[0]
    assert not np.allclose(expected, other, atol=1e-3)


@pytest.mark.parametrize("missing", ["skip", "zero", "mean"])
def test_a_query_of_one_field_is_fused_as_documents_are(registry, trained, tmp_path, missing):
    config = CONFIG.format(
        fusion=f"{{use: gated, params: {{model: {tmp_path / 'gated.safetensors'}}}}}", missing=missing
    )
    with Pipeline.from_yaml(config, store=tmp_path / "store", registry=registry) as pipeline:
        pipeline.index(documents())
        hits = pipeline.search("deed")
    assert hits[0].id == "text"
    joint = next(leg for leg in hits[0].legs if leg.leg == "text:joint")
    assert (joint.rank, joint.score) == (1, pytest.approx(1, abs=1e-4))


def test_the_means_are_those_of_training(trained):
    assert set(trained.means) == {"text", "image"}
    assert abs(trained.means["text"].mean() - 0.5) < 0.05


def test_translate_takes_what_a_translator_made(run):
    entries = [
        Document("notes", {"notes": [Item.of_text("cab")], "image": [Item.of_image(RED)]}),
        Document("text", {"text": [Item.of_text("abba")], "notes": [Item.of_text("cab")]}),
        Document("only notes", {"notes": [Item.of_text("cab\nfed")]}),
        Document("image", {"image": [Item.of_image(RED)]}),
    ]
    found = run(TRANSLATED, entries)
    np.testing.assert_allclose(found["notes"], unit(np.hstack([red(), letters("cab")])), atol=1e-5)
    # A field that is there is not replaced, and what no translator made is left out.
    np.testing.assert_allclose(found["text"], np.hstack([NOTHING, letters("abba")]), atol=1e-5)
    np.testing.assert_allclose(found["image"], np.hstack([red(), NOTHING]), atol=1e-5)
    both_lines = unit(letters("cab") + letters("fed"))
    np.testing.assert_allclose(found["only notes"], np.hstack([NOTHING, both_lines]), atol=1e-5)


def test_without_translate_the_translated_field_takes_no_part(run):
    entries = [Document("notes", {"notes": [Item.of_text("cab")], "image": [Item.of_image(RED)]})]
    found = run(TRANSLATED.replace("missing: translate", "missing: skip"), entries)
    np.testing.assert_allclose(found["notes"], np.hstack([red(), NOTHING]), atol=1e-5)


def test_a_document_that_only_stand_ins_reach_can_be_found_by_the_fused_vector(registry, tmp_path):
    plan = Pipeline.from_yaml(TRANSLATED, store=tmp_path / "store", registry=registry).plan()
    assert "joint" in plan.vectors_reachable_from(["notes"])
    skipping = TRANSLATED.replace("missing: translate", "missing: skip")
    plan = Pipeline.from_yaml(skipping, store=tmp_path / "store", registry=registry).plan()
    assert "joint" not in plan.vectors_reachable_from(["notes"])


def test_the_policy_is_part_of_the_plan_and_shown(registry, tmp_path):
    pipelines = {
        missing: Pipeline.from_yaml(
            TRANSLATED.replace("missing: translate", f"missing: {missing}"), store=tmp_path, registry=registry
        )
        for missing in ("skip", "zero", "translate")
    }
    assert len({pipeline.plan().fingerprint for pipeline in pipelines.values()}) == 3
    for missing, pipeline in pipelines.items():
        assert Pipeline.from_yaml(pipeline.to_yaml(), registry=registry).config == pipeline.config
        assert (f"missing: {missing}" in pipeline.plan().to_text()) == (missing != "skip")
    assert "without text: line" in pipelines["translate"].plan().to_text()
    steps = pipelines["translate"].plan().to_dict()["steps"]
    assert steps[-1]["missing"] == "translate" and steps[-1]["stand_ins"] == {"text": ["line"]}


def test_python_says_it_as_yaml_does(registry, tmp_path):
    from chiasm import encode, fuse, use

    pipeline = Pipeline(
        [
            encode("text", with_="words"),
            encode("image", with_="sight"),
            fuse(["text", "image"], with_=use("concat"), missing="zero"),
        ],
        components={"words": use("letters"), "sight": use("shade")},
        store=tmp_path / "store",
        registry=registry,
    )
    written = Pipeline.from_yaml(CONFIG.format(fusion=CONCAT, missing="zero"), registry=registry)
    assert pipeline.plan().fingerprint == written.plan().fingerprint


@pytest.mark.parametrize(
    ("fusion", "missing", "parts"),
    [
        (CONCAT, "mean", ["index[2].missing", "not trained", "'skip', 'zero' or 'translate'"]),
        (CONCAT, "translate", ["index[2].missing", "no translator", "translate: audio -> transcript"]),
        (CONCAT, "guess", ["index[2].missing", "'skip'"]),
        ("{use: gated}", "skip", ["index[2]", "has to be trained first"]),
        ("{use: gated, params: {model: none.safetensors}}", "skip", ["index[2]", "cannot be read"]),
        ("{use: tensor, params: {max_dim: 100}}", "skip", ["index[2]", "729 dimensions", "low-rank-tensor"]),
        ("{use: concat, params: {scale: standard}}", "skip", ["index[2]", "has to be trained first"]),
        ("{use: concat, params: {weights: {text: 1, imgae: 1}}}", "skip", ["index[2]", "Did you mean 'image'"]),
        ("{use: concat, params: {weights: {text: 0, image: 0}}}", "skip", ["index[2]", "every weight is 0"]),
        ("{use: concat, params: {weights: {text: .nan, image: 1}}}", "skip", ["weights", "finite"]),
    ],
)
def test_what_cannot_work_is_refused_when_the_pipeline_is_built(registry, tmp_path, fusion, missing, parts):
    with pytest.raises(ChiasmError) as caught:
        Pipeline.from_yaml(CONFIG.format(fusion=fusion, missing=missing), store=tmp_path / "store", registry=registry)
    for part in parts:
        assert part in str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "part"),
    [
        ("use: letters", "use: wider", "26 dimensions of 'text'"),
        ("fuse: [text, image]", "fuse: [text]", "trained on 'image' too"),
    ],
)
def test_a_fusion_trained_on_others_is_refused_when_the_pipeline_is_built(registry, trained, tmp_path, old, new, part):
    config = CONFIG.format(
        fusion=f"{{use: gated, params: {{model: {tmp_path / 'gated.safetensors'}}}}}", missing="skip"
    )
    assert Pipeline.from_yaml(config, store=tmp_path, registry=registry).plan().spaces["joint"].dim == 8
    with pytest.raises(ChiasmError, match=part) as caught:
        Pipeline.from_yaml(config.replace(old, new), store=tmp_path, registry=registry)
    assert "index[2]" in str(caught.value)


def test_filling_leaves_what_is_there_and_the_callers_arrays_alone():
    vectors = {"a": np.ones((2, 3), np.float32), "b": np.ones((2, 4, 3), np.float32)}
    present = {"a": np.array([True, False]), "b": np.array([[True] * 4, [False] * 4])}
    means = {"a": np.full(3, 5, np.float32), "b": np.full(3, 7, np.float32)}
    filled, masks = fill_missing("mean", vectors, present, means)
    assert filled["a"].tolist() == [[1, 1, 1], [5, 5, 5]]
    assert masks["b"].tolist() == [[True] * 4, [True, False, False, False]]
    assert filled["b"][1, 0].tolist() == [7, 7, 7]
    assert vectors["a"].max() == 1 and not present["a"][1]
    with pytest.raises(FusionError, match="no mean of the field 'a'"):
        fill_missing("mean", vectors, present, {})
