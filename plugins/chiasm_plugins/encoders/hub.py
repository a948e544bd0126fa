"""Models of the Hugging Face hub, or of a folder laid out like one: found, fetched, identified and measured.

Only safetensors weights are accepted, since a pickle runs code when it is read. What is in the hub's cache is used as
it is, without asking the network, so that an index and its queries stay with the same weights.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from chiasm.contracts import ModelInfo
from chiasm.errors import ModelUnavailable
from chiasm_plugins.encoders.pinned import PINNED
from chiasm_plugins.encoders.weights import (
    LANDMARKS,
    chosen_files,
    files_below,
    refuse_pickles,
    require_readable,
    require_safetensors,
    weight_names,
    weights_complete,
    weights_digest,
)

Needs = Sequence[Sequence[str]]
"""Groups of file names; a model is complete when it has at least one of each group."""

TOKENIZER: Sequence[str] = ("tokenizer.json", "vocab.txt", "vocab.json", "spiece.model", "tokenizer.model")
"""Files of which a tokenizer has at least one."""

PREPROCESSOR: Sequence[str] = ("preprocessor_config.json", "processor_config.json")
"""Files of which an image processor or a feature extractor has at least one."""


@dataclass(frozen=True, slots=True)
class Listing:
    """What the hub says of a model.

    Attributes:
        commit: The revision's commit.
        sizes: Bytes of each file, by name.
    """

    commit: str
    sizes: dict[str, int]


def resolve_model(model: str, revision: str | None = None) -> ModelFiles:
    """Return the files of a model, offline and without reading any.

    Args:
        model: Id on the hub (``"openai/clip-vit-base-patch32"``) or a folder; a folder that exists goes first.
        revision: Commit, tag or branch on the hub; when ``None``, the commit in ``PINNED``, or else the main branch.

    Raises:
        ModelUnavailable: ``model`` is written as a folder, and there is none; or a folder was given a revision.
    """
    folder = Path(model).expanduser()
    if model and folder.is_dir():
        if revision is not None:
            raise ModelUnavailable(
                f"a model in a folder has no revisions, and {revision!r} was asked for",
                where=model,
                fix="Leave 'revision' out: the weights themselves identify the model.",
            )
        return ModelFiles(model, None, folder)
    if model.startswith((".", "/", "~", "\\")) or model.count("/") > 1 or "\\" in model or not model:
        raise ModelUnavailable("there is no such folder", where=model, fix="Give a folder that exists, or a hub id.")
    return ModelFiles(model, revision or PINNED.get(model), None)


class ModelFiles:
    """One model's files, from a folder or from the hub through its cache. Made by ``resolve_model``.

    Args:
        model: Id or folder, as configured.
        revision: As configured; ``None`` for the main branch or a folder.
        local: The folder, where ``model`` is one.
    """

    def __init__(self, model: str, revision: str | None, local: Path | None) -> None:
        self.model = model
        self.wanted_revision = revision
        self._local = local

    @property
    def name(self) -> str:
        """The id on the hub, or the folder's own name: with ``revision`` the identity of the model, wherever it is."""
        return self.model if self._local is None else self._local.resolve().name

    @cached_property
    def revision(self) -> str:
        """The commit on the hub; for a folder, the SHA-256 of its weights.

        Raises:
            ModelUnavailable: The model cannot be found, or its weights are pickles or missing.
        """
        if self._local is not None:
            require_safetensors(files_below(self._local), self.model, local=True)
            return weights_digest(self._local)
        return self._configs.name

    def find(self, name: str) -> Path | None:
        """Return a small file of the model, fetched if need be; ``None`` where the model has none of that name.

        Without a network, a file that is not in the cache counts as one that the model does not have.

        Raises:
            ModelUnavailable: The model cannot be found or fetched.
        """
        path = self._configs / name
        if path.is_file():
            return path
        return None if self._local is not None else self._fetch_one(name)

    def read_config(self, name: str = "config.json") -> dict[str, Any]:
        """Return a JSON file of the model.

        Raises:
            ModelUnavailable: It cannot be had, or is not a JSON object.
        """
        path = self.find(name)
        if path is None:
            raise ModelUnavailable(f"the model has no {name}", where=self.model, fix=_LAYOUT)
        try:
            config = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise ModelUnavailable(f"{name} cannot be read ({error})", where=self.model, fix=_FETCH_ANEW) from error
        if not isinstance(config, dict):
            raise ModelUnavailable(f"{name} is not a JSON object", where=self.model, fix=_FETCH_ANEW)
        return config

    def fetch(self, needs: Needs = ()) -> Path:
        """Return a folder with the model's configuration and weights, downloading what the cache lacks.

        Args:
            needs: What else must be there, for example ``[TOKENIZER]``.

        Raises:
            ModelUnavailable: Something is missing, damaged, cannot be fetched, or is a pickle.
        """
        folder = self._configs
        if self._local is None and not _complete(folder, needs):
            folder = self._completed(folder)
        names = files_below(folder)
        require_safetensors(names, self.model, local=self._local is not None)
        for group in needs:
            if not names.keys() & set(group):
                raise ModelUnavailable(f"the model has none of {', '.join(group)}", where=self.model, fix=_LAYOUT)
        require_readable(folder, self.model)
        return folder

    def model_info(self) -> ModelInfo:
        """Return name, revision, and sizes as far as they can be known; fetches no weights and never raises."""
        folder = self._local or self._cached()
        if folder is not None:
            sizes = files_below(folder)
            if self._local is not None or weights_complete(sizes):
                memory = sum(sizes[name] for name in weight_names(sizes)) or None
                return ModelInfo(self.model, "" if self._local else folder.name, 0, memory)
        try:
            listing = self._listing
        except ModelUnavailable:
            return ModelInfo(self.model, self.wanted_revision or "")
        download = sum(listing.sizes[name] for name in chosen_files(listing.sizes))
        memory = sum(listing.sizes[name] for name in weight_names(listing.sizes))
        return ModelInfo(self.model, listing.commit, download, memory or None)

    def refused(self, error: Exception) -> ModelUnavailable:
        """Return the error to raise where a library could not load the fetched files."""
        reason = str(error).strip().partition("\n")[0] or type(error).__name__
        return ModelUnavailable(f"the model cannot be loaded ({reason})", where=self.model, fix=_LAYOUT)

    @cached_property
    def _configs(self) -> Path:
        if self._local is not None:
            return self._local
        return self._cached() or self._download(configs_only=True)

    @cached_property
    def _listing(self) -> Listing:
        from huggingface_hub import HfApi

        try:
            info = HfApi().model_info(self.model, revision=self.wanted_revision, files_metadata=True)
        except Exception as error:  # the hub's network library and its errors change between versions
            raise self._unreachable(error) from error
        return Listing(info.sha or "", {file.rfilename: file.size or 0 for file in info.siblings or []})

    def _cached(self) -> Path | None:
        from huggingface_hub import try_to_load_from_cache
        from huggingface_hub.errors import HFValidationError

        try:
            for name in LANDMARKS:
                path = try_to_load_from_cache(self.model, name, revision=self.wanted_revision)
                if isinstance(path, str):
                    return Path(path).parents[name.count("/")]
        except HFValidationError as error:
            raise ModelUnavailable(f"neither a folder nor a hub id ({error})", where=self.model) from error
        return None

    def _fetch_one(self, name: str) -> Path | None:
        from huggingface_hub import hf_hub_download, try_to_load_from_cache
        from huggingface_hub.errors import EntryNotFoundError

        known = try_to_load_from_cache(self.model, name, revision=self.revision)
        if known is not None:
            return Path(known) if isinstance(known, str) else None
        try:
            return Path(hf_hub_download(self.model, name, revision=self.revision))
        except EntryNotFoundError:
            return None
        except Exception as error:  # as in _listing
            raise self._unreachable(error) from error

    def _completed(self, folder: Path) -> Path:
        try:
            return self._download()
        except ModelUnavailable:
            refuse_pickles(files_below(folder), self.model, local=False)
            raise

    def _download(self, configs_only: bool = False) -> Path:
        from huggingface_hub import snapshot_download

        names = chosen_files(self._listing.sizes, configs_only=configs_only)
        require_safetensors(self._listing.sizes, self.model, local=False)
        # A branch may have moved since its configuration was read; weights of that very commit belong to it.
        revision = self.wanted_revision if configs_only else self._configs.name
        try:
            return Path(snapshot_download(self.model, revision=revision, allow_patterns=names))
        except Exception as error:  # as in _listing
            raise self._unreachable(error) from error

    def _unreachable(self, error: Exception) -> ModelUnavailable:
        from chiasm_plugins.encoders.hub_errors import explain

        return explain(error, self.model, self.wanted_revision)


_LAYOUT = "A model is a folder as 'save_pretrained' of transformers or sentence-transformers writes it."
_FETCH_ANEW = "Delete the model from the cache ('hf cache' shows it) or the folder, and fetch it again."


def _complete(folder: Path, needs: Needs) -> bool:
    sizes = files_below(folder)
    return weights_complete(sizes) and all(sizes.keys() & set(group) for group in needs)
