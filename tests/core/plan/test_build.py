"""Building a plan checks every name, param, modality and space before anything is loaded."""

import pytest

from chiasm import Pipeline, encode, fuse, translate, use
from chiasm.errors import ChiasmError

TWO = """
chiasm: 1
components:
  words: {use: letters}
  sight: {use: shade}
index:
  - encode: text
    with: words
  - encode: image
    with: sight
  - fuse: [text, image]
    as: joint
    with: {use: weighted-mean, params: {weights: {text: 0.6, image: 0.4}}}
"""


@pytest.fixture
def build(registry, tmp_path):
    return lambda text: Pipeline.from_yaml(text, store=tmp_path / "store", registry=registry)


def test_encoders_of_one_space_share_one_named_vector(build):
    plan = build(TWO).plan()
    assert list(plan.spaces) == ["words"]
    assert plan.fields_in("words") == ("text", "image", "joint")


def test_a_python_pipeline_round_trips_through_yaml(registry, tmp_path):
    pipeline = Pipeline(
        [
            translate("text -> line", with_=use("lines")),
            encode(["line"], with_="words"),
            encode("image", with_="sight", pool="mean"),
            fuse(["line", "image"], with_=use("weighted-mean", weights={"line": 1.0, "image": 2.0}), as_="both"),
        ],
        components={"words": use("letters"), "sight": use("shade")},
        store=tmp_path,
        registry=registry,
    )
    again = Pipeline.from_yaml(pipeline.to_yaml(), registry=registry)
    assert again.config == pipeline.config
    assert again.plan().fingerprint == pipeline.plan().fingerprint


def test_tuning_params_leave_the_fingerprint_alone_and_others_change_it(build):
    base = build(TWO).plan().fingerprint
    assert build(TWO.replace("{use: letters}", "{use: letters, params: {batch: 3}}")).plan().fingerprint == base
    assert build(TWO.replace("{use: letters}", "{use: letters, params: {case: true}}")).plan().fingerprint != base


@pytest.mark.parametrize(
    ("old", "new", "parts"),
    [
        ("with: words", "with: wrods", ["pipeline:8:5: index[0].with", "'wrods'", "'words'"]),
        ("use: letters", "use: lettres", ["components.words.use", "'lettres'", "'letters'"]),
        ("encode: text", "encode: txet", ["index[0].encode", "'txet'", "'text'"]),
        ("encode: text", "encode: image", ["index[0].encode", "'words' takes text", "'text'"]),
        ("with: sight", "with: {use: lines}", ["index[1].with", "'lines' is a translator", "encoder"]),
        ("use: letters}", "use: letters, params: {bacth: 1}}", ["components.words.params.bacth", "'batch'"]),
        ("use: letters}", "use: letters, params: {batch: x}}", ["components.words.params.batch", "integer", "'x'"]),
        ("fuse: [text, image]", "fuse: [text, imgae]", ["index[2].fuse", "'imgae'", "'image'"]),
        ("fuse: [text, image]", "fuse: [text, audio]", ["index[2].fuse", "'audio'", "Encode the field"]),
        ("as: joint", "as: text", ["index[2].as", "'text' is there already"]),
        ("image: 0.4", "imago: 0.4", ["imago", "image"]),
        ("use: letters", "use: os.system", ["'os.system'"]),
        ("encode: text\n", "encode: [text, text]\n    pool: sometimes\n", ["index[0].pool"]),
    ],
)
def test_a_mistake_is_found_when_the_pipeline_is_built(build, old, new, parts):
    assert old in TWO
    with pytest.raises(ChiasmError) as caught:
        build(TWO.replace(old, new, 1))
    for part in parts:
        assert part in str(caught.value)


def test_spaces_that_differ_are_not_averaged(build):
    with pytest.raises(ChiasmError) as caught:
        build(TWO.replace("use: letters", "use: wider"))
    message = str(caught.value)
    assert "letters" in message and "wider" in message and "index[2]" in message


def test_components_that_name_each_other_in_a_circle_are_refused(build):
    text = """
components:
  a: {use: conse, params: {words: b}}
  b: {use: conse, params: {words: a}}
index: [{encode: image, with: a}]
"""
    with pytest.raises(ChiasmError, match="circle: a -> b -> a"):
        build(text)


def test_an_unused_component_is_noted(build):
    plan = build(TWO.replace("  sight:", "  spare: {use: letters}\n  sight:")).plan()
    assert plan.notes == ("component 'spare' is used by no step",)


def test_the_plan_can_be_shown_in_every_form(build):
    plan = build(TWO).plan()
    assert "text + image => joint" in plan.to_text()
    assert plan.to_mermaid().startswith("flowchart LR") and "shade" not in plan.to_mermaid()
    assert plan.to_svg().startswith("<svg") and "sight" in plan.to_svg()
    assert plan.to_dict()["vectors"]["words"]["dim"] == 26
    assert plan.to_dict()["queries"] == {"text": ["words in words"], "image": ["sight in words"]}
