"""The ``documents:`` section of a pipeline: how the rows of manifests and mappings become documents."""

from __future__ import annotations

from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from chiasm.media.modality import MODALITIES, TEXT


class FieldMapping(BaseModel):
    """Where a field of a document comes from, in a row."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    column: str = Field(min_length=1, description="Name of the column.")
    modality: str | None = Field(
        None, min_length=1, description="Modality of its values; left out, the field's name is the modality."
    )
    file: bool | None = Field(
        None,
        description="Whether the column holds paths of files, relative to the manifest's folder, rather than the "
        "values themselves; left out, it does for every modality but text.",
    )


class MetadataColumns(BaseModel):
    """Which of the columns that are no fields are kept as metadata."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    include: tuple[str, ...] | None = Field(None, description="Only these columns; all when left out.")
    exclude: tuple[str, ...] = Field((), description="All but these columns.")

    @model_validator(mode="after")
    def _one_way_only(self) -> Self:
        if self.include is not None and self.exclude:
            raise ValueError("'include' and 'exclude' are two ways to say one thing: give one of them")
        return self


class DocumentsConfig(BaseModel):
    """How the rows of a manifest (JSONL, CSV, Parquet) or of a Python iterable become documents.

    Without ``fields``, the columns named ``text``, ``image``, ``audio`` and ``video`` become fields of those names.

    Example:
        >>> config = DocumentsConfig.model_validate(
        ...     {"id": "sku", "fields": {"title": {"column": "name", "modality": "text"}, "image": {"column": "photo"}}}
        ... )
        >>> config.modality_of("image"), config.holds_paths("image"), config.holds_paths("title")
        ('image', True, False)
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str | None = Field(
        None,
        min_length=1,
        description="Column with the ids of documents; left out, the column 'id' where there is one, and a digest of "
        "the row otherwise.",
    )
    fields: dict[str, FieldMapping] = Field(
        default_factory=dict, description="Fields of a document by name, and the column that each comes from."
    )
    metadata: MetadataColumns = Field(
        default_factory=MetadataColumns, description="Which other columns are kept beside the vectors, for filters."
    )
    encoding: str | None = Field(
        None,
        description="Encoding of CSV files; left out, UTF-8 or UTF-16 where the file is that, and Windows-1252 "
        "otherwise, which the source then notes.",
    )

    @model_validator(mode="after")
    def _fields_have_a_modality(self) -> Self:
        for name, mapping in self.fields.items():
            if mapping.modality is None and name not in MODALITIES:
                raise ValueError(
                    f"the field {name!r} is not named for a modality, so it needs one: "
                    f"{{column: {mapping.column}, modality: {' | '.join(MODALITIES)}}}"
                )
        return self

    def modality_of(self, field: str) -> str:
        """Return the modality of a field's values: the declared one, or the field's name."""
        mapping = self.fields.get(field)
        return (mapping.modality if mapping else None) or field

    def holds_paths(self, field: str) -> bool:
        """Return whether a field's column holds paths of files rather than the values themselves."""
        mapping = self.fields.get(field)
        if mapping and mapping.file is not None:
            return mapping.file
        return self.modality_of(field) != TEXT
