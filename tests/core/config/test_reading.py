"""Configurations: what is read, what is refused, and what the messages say."""

import pytest

from chiasm.config import encode, use
from chiasm.config.model import PipelineConfig
from chiasm.config.presets import preset_names, read_preset
from chiasm.config.reading import read_config
from chiasm.errors import ConfigError

GOOD = """
chiasm: 1
components:
  words: {use: letters}
index:
  - translate: text -> line
    with: {use: lines}
  - encode: [line]
    with: words
"""


def test_yaml_and_python_make_equal_configurations():
    from_yaml, _ = read_config(GOOD)
    in_python = PipelineConfig(
        components={"words": use("letters")},
        index=({"translate": "text -> line", "with": {"use": "lines"}}, encode("line", with_="words")),
    )
    assert from_yaml.model_dump() == in_python.model_dump()


@pytest.mark.parametrize("name", preset_names())
def test_every_preset_is_a_valid_configuration(name):
    config, _ = read_preset(name)
    assert config.index


@pytest.mark.parametrize(
    ("text", "place", "parts"),
    [
        ("", "pipeline", ["empty"]),
        ("a: [", "pipeline:", ["not YAML"]),
        ("- 1", "pipeline", ["mapping"]),
        (GOOD.replace("components", "componets"), "pipeline:3:1: componets", ["'componets'", "'components'"]),
        (GOOD.replace("chiasm: 1", "chiasm: 2"), "pipeline:2:1: chiasm", ["1", "2"]),
        (GOOD.replace("use: letters", "use: letters, parms: {}"), "components.words", ["'parms'", "'params'"]),
        (GOOD.replace("encode:", "enocde:"), "index[1]", ["translate", "'encode'"]),
        (GOOD.replace("text -> line", "text to line"), "index[0].translate", ["audio, video -> transcript"]),
        (GOOD.replace("    with: words", ""), "index[1]", ["'with' is missing"]),
        (GOOD + "index: []\n", "index", ["twice"]),
        (GOOD + "search: {merge_gap: -1}\n", "search.merge_gap", ["greater than or equal to 0", "-1"]),
        (GOOD + "media: {max_pixels: lots}\n", "media.max_pixels", ["integer", "lots"]),
        (GOOD + "x: !!python/object/apply:os.system [ls]\n", "x", ["'x'"]),
        (GOOD + "store: !!python/name:os.system\n", "store", ["not allowed"]),
    ],
)
def test_a_mistake_is_told_with_its_place_and_what_is_valid(text, place, parts):
    with pytest.raises(ConfigError) as caught:
        read_config(text)
    message = str(caught.value)
    assert place in message
    for part in parts:
        assert part in message


def test_nested_aliases_cannot_exhaust_memory():
    bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n"
    bomb += "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 12))
    with pytest.raises(ConfigError, match="20,000"):
        read_config(bomb)


def test_several_mistakes_are_told_at_once():
    with pytest.raises(ConfigError) as caught:
        read_config(GOOD + "serach: {}\nstoer: {}\n")
    assert "serach" in str(caught.value) and "stoer" in str(caught.value)
