"""Every error that chiasm raises on purpose, one family with stable codes."""

from __future__ import annotations

from chiasm_registry.errors import (
    AmbiguousComponent,
    ChiasmError,
    RegistryError,
    UnknownComponent,
    UnusableComponent,
    nearest_names,
)

__all__ = [
    "AmbiguousComponent",
    "ChiasmError",
    "ConfigError",
    "EncodingError",
    "EvaluationError",
    "FusionError",
    "MediaError",
    "MediaTooLarge",
    "ModelUnavailable",
    "QueryError",
    "RegistryError",
    "SourceError",
    "SpaceMismatch",
    "StoreError",
    "StoreLocked",
    "StoreTooNew",
    "TranslationError",
    "UnknownComponent",
    "UnreadableMedia",
    "UnsupportedMedia",
    "UnusableComponent",
    "nearest_names",
]


class ConfigError(ChiasmError):
    """A configuration or a call that describes a pipeline is wrong."""

    code = "config"


class SourceError(ChiasmError):
    """A folder, manifest or iterable of documents cannot be read, or one of its entries is malformed."""

    code = "source"


class MediaError(ChiasmError):
    """An item cannot be decoded."""

    code = "media"


class UnreadableMedia(MediaError):
    """The content is truncated, corrupt, empty, or not readable by this user."""

    code = "unreadable-media"


class UnsupportedMedia(MediaError):
    """The content is of a type that no installed loader reads."""

    code = "unsupported-media"


class MediaTooLarge(MediaError):
    """The content is over a configured limit on pixels, seconds or bytes."""

    code = "media-too-large"


class ModelUnavailable(ChiasmError):
    """A model's files are missing, damaged or not allowed to be loaded."""

    code = "model-unavailable"


class EncodingError(ChiasmError):
    """An encoder failed on an item, or gave vectors of the wrong shape or with values that are not finite."""

    code = "encoding"


class TranslationError(ChiasmError):
    """A translator failed on an item."""

    code = "translation"


class FusionError(ChiasmError):
    """A fusion was given fields, weights, vectors or rankings that it cannot combine."""

    code = "fusion"


class EvaluationError(ChiasmError):
    """Queries, judgements, rankings or measures are malformed, or do not belong together."""

    code = "evaluation"


class SpaceMismatch(ChiasmError):
    """Vectors of two embedding spaces would be compared or mixed."""

    code = "space-mismatch"


class StoreError(ChiasmError):
    """A store refused or failed an operation."""

    code = "store"


class StoreLocked(StoreError):
    """Another process holds the store."""

    code = "store-locked"


class StoreTooNew(StoreError):
    """The collection was written by a newer chiasm than this one."""

    code = "store-too-new"


class QueryError(ChiasmError):
    """A query or a filter cannot be understood or answered by this pipeline."""

    code = "query"
