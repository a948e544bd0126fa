"""Media in memory and on disk: items, documents, spans, sources and limits."""

from chiasm.media.audio import Audio
from chiasm.media.document import Document
from chiasm.media.item import Item, Provenance, Want
from chiasm.media.limits import Limits
from chiasm.media.modality import AUDIO, IMAGE, MODALITIES, TEXT, VIDEO
from chiasm.media.source import Source, printable_path
from chiasm.media.span import BoxSpan, CharSpan, Span, TimeSpan, clock, span_from_payload
from chiasm.media.video import Frame, Video

__all__ = [
    "AUDIO",
    "IMAGE",
    "MODALITIES",
    "TEXT",
    "VIDEO",
    "Audio",
    "BoxSpan",
    "CharSpan",
    "Document",
    "Frame",
    "Item",
    "Limits",
    "Provenance",
    "Source",
    "Span",
    "TimeSpan",
    "Video",
    "Want",
    "clock",
    "printable_path",
    "span_from_payload",
]
