"""The files of a Whisper model in CTranslate2 format: of the starter, a folder, or the Hugging Face hub."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from chiasm.contracts import ModelInfo
from chiasm.errors import ModelUnavailable
from chiasm_plugins.encoders.hub_errors import explain
from chiasm_plugins.starter import is_starter, starter_model

WEIGHTS = "model.bin"
FILES = [WEIGHTS, "config.json", "preprocessor_config.json", "tokenizer.json", "vocabulary.*"]

_PLAIN = "tiny tiny.en base base.en small small.en medium medium.en large-v1 large-v2 large-v3"
_DISTILLED = "small.en medium.en large-v2 large-v3"

SIZES = {
    **{size: f"Systran/faster-whisper-{size}" for size in _PLAIN.split()},
    **{f"distil-{size}": f"Systran/faster-distil-whisper-{size}" for size in _DISTILLED.split()},
    "large-v3-turbo": "mobiuslabsgmbh/faster-whisper-large-v3-turbo",
}
"""The repository of each size, as faster-whisper names them."""


@dataclass(frozen=True, slots=True)
class WhisperFiles:
    """Where a model is.

    Attributes:
        folder: Its files.
        revision: SHA-256 of its weights, or the hub's commit.
    """

    folder: Path
    revision: str


def fetch_whisper(model: str, revision: str | None) -> WhisperFiles:
    """Return the model's files, fetched from the hub where they are not on this machine.

    Args:
        model: As in ``FasterWhisperParams``.
        revision: Commit, tag or branch on the hub.

    Raises:
        ModelUnavailable: They are missing, damaged or cannot be fetched.
    """
    if is_starter(model):
        starter = starter_model(model)
        return WhisperFiles(starter.verify(), starter.revision)
    folder = _local_folder(model)
    if folder is not None:
        return WhisperFiles(folder, _digest(folder / WEIGHTS))
    from huggingface_hub import snapshot_download

    repository = SIZES.get(model, model)
    try:
        fetched = _cached(repository, revision) or Path(
            snapshot_download(repository, revision=revision, allow_patterns=FILES)
        )
    except Exception as error:  # the hub's network library and its errors change between versions
        raise explain(error, repository, revision) from error
    if not (fetched / WEIGHTS).is_file():
        raise _not_converted(model)
    return WhisperFiles(fetched, fetched.name)


def describe_whisper(model: str, revision: str | None) -> ModelInfo:
    """Return what a plan shows of the model: asks the hub for sizes, fetches nothing and never fails."""
    if is_starter(model):
        return starter_model(model).info()
    try:
        folder = _local_folder(model)
        repository = SIZES.get(model, model)
        found = folder or _cached(repository, revision)
        if found is not None:
            commit = "" if folder else found.name
            return ModelInfo(model, commit, download_bytes=0, memory_bytes=(found / WEIGHTS).stat().st_size)
        from huggingface_hub import HfApi

        listing = HfApi().model_info(repository, revision=revision, files_metadata=True)
        sizes = {file.rfilename: file.size or 0 for file in listing.siblings or []}
        return ModelInfo(model, listing.sha or "", sum(sizes.values()), sizes.get(WEIGHTS))
    except Exception:  # offline, or no such model: loading will say so, and a plan is shown all the same
        return ModelInfo(model, revision or "")


def _local_folder(model: str) -> Path | None:
    """Return the folder that ``model`` names; ``None`` where it is a size or a hub id."""
    folder = Path(model).expanduser()
    if folder.is_dir():
        if not (folder / WEIGHTS).is_file():
            raise _not_converted(model)
        return folder
    if model in SIZES or (model.count("/") == 1 and not model.startswith((".", "/", "~"))):
        return None
    raise ModelUnavailable(
        f"this is neither a folder, nor a hub id, nor a size; sizes are {', '.join(SIZES)}", where=model
    )


def _cached(repository: str, revision: str | None) -> Path | None:
    from huggingface_hub import try_to_load_from_cache

    path = try_to_load_from_cache(repository, WEIGHTS, revision=revision)
    return Path(path).parent if isinstance(path, str) else None


def _digest(weights: Path) -> str:
    with weights.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _not_converted(model: str) -> ModelUnavailable:
    return ModelUnavailable(
        f"it has no {WEIGHTS}, so it is not in CTranslate2 format",
        where=model,
        fix=f"Convert it once: ct2-transformers-converter --model {model} --output_dir whisper-ct2 "
        "--copy_files tokenizer.json preprocessor_config.json; then give that folder.",
    )
