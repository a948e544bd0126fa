"""Params of the ``faster-whisper`` translator."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from chiasm.contracts import TUNING, Params


class FasterWhisperParams(Params):
    """Params of ``faster-whisper``."""

    model: str = Field(
        "starter:whisper-tiny.en",
        description="'starter:whisper-tiny.en', a size such as 'small', a hub id or a folder, in CTranslate2 format.",
    )
    revision: str | None = Field(None, description="Commit, tag or branch on the hub; its main branch when none.")
    language: str | None = Field(
        None, description="Code of the language that is spoken, such as 'de'; found for each recording when none."
    )
    beam_size: int = Field(
        3,
        ge=1,
        description="Candidates kept while decoding. Measured with tiny.en: 3 makes as few errors as 5 in a tenth less "
        "time; 1 makes half as many errors again.",
    )
    vad: bool = Field(
        True, description="Whether to leave out stretches without a voice, in which Whisper invents text."
    )
    words: bool = Field(False, description="Whether segments keep the time of each word, in their provenance.")
    compute_type: Literal["auto", "int8", "int8_float16", "int8_bfloat16", "float16", "bfloat16", "float32"] = Field(
        "auto", description="Number format of the model; the fastest that the device supports when 'auto'."
    )
    device: Literal["auto", "cpu", "cuda"] = Field(
        "auto", description="Where the model runs; a GPU where there is one when 'auto'.", json_schema_extra=TUNING
    )
    batch_size: int = Field(
        8, ge=1, description="Stretches of at most 30 seconds decoded at once.", json_schema_extra=TUNING
    )
    threads: int | None = Field(
        None, ge=1, description="Processor threads; one for each core when none.", json_schema_extra=TUNING
    )

    @model_validator(mode="after")
    def _language_is_known_to_the_model(self) -> Self:
        if self.model.endswith(".en") and self.language not in (None, "en"):
            raise ValueError(
                f"the model {self.model!r} knows English only, and 'language' is {self.language!r}; a model without "
                "'.en' in its name knows about a hundred languages"
            )
        return self
