"""Documents of letters and colours, for the encoders of letters_plugin."""

import numpy as np

from chiasm import Document, Item

STORES = ("qdrant-edge", "qdrant")
"""The embedded store, and qdrant-client in memory."""


def picture(red, green, blue):
    return np.full((16, 16, 3), (red, green, blue), np.uint8)


def document(name, text=None, colour=None, **metadata):
    texts = [text] if isinstance(text, str) else text
    fields = {"text": [Item.of_text(each) for each in texts]} if texts else {}
    fields |= {"image": [Item.of_image(picture(*colour))]} if colour else {}
    return Document(name, fields, metadata)


def ids(hits):
    return [hit.id for hit in hits]
