"""A library of texts and pictures in one tiny space, for evaluations."""

import numpy as np
import pytest

from chiasm import Document, Item, Pipeline

YAML = """
components:
  words: {use: letters}
  keywords: {use: bm25}
  sight: {use: shade}
index:
  - {encode: text, with: words}
  - {encode: text, with: keywords}
  - {encode: image, with: sight}
  - {fuse: [text.words, image], as: joint, with: {use: weighted-mean}}
"""

COLOURS = {"r": (255, 0, 0), "g": (0, 255, 0), "b": (0, 0, 255)}


def picture(letter):
    return Item.of_image(np.full((16, 16, 3), COLOURS[letter], np.uint8))


DOCUMENTS = [
    Document("zoo", {"text": [Item.of_text("zebra zoo")]}),
    Document("jazz", {"text": [Item.of_text("jazz fizz buzz")]}),
    Document("red", {"image": [picture("r")], "text": [Item.of_text("kkk")]}),
    Document("green", {"image": [picture("g")], "text": [Item.of_text("mmm")]}),
    Document("blue", {"image": [picture("b")]}),
    *(Document(f"other-{n}", {"text": [Item.of_text("quick onion " * (n + 1))]}) for n in range(4)),
]


@pytest.fixture(scope="session")
def library(registry, tmp_path_factory):
    with Pipeline.from_yaml(YAML, store=tmp_path_factory.mktemp("library") / "store", registry=registry) as pipeline:
        assert pipeline.index(DOCUMENTS).failures == ()
        yield pipeline


@pytest.fixture(scope="session")
def documents():
    return DOCUMENTS


@pytest.fixture(scope="session")
def configuration():
    return YAML
