"""Which files of a model are weights, which are worth fetching, and what identifies them. Loads nothing."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path, PurePosixPath

from chiasm.errors import ModelUnavailable

LANDMARKS = ("config.json", "modules.json", "0_CLIPModel/config.json", "0_Transformer/config.json")
"""Files of which every model in the layout of transformers or sentence-transformers has at least one."""

_WEIGHTS = re.compile(r"(?:[^/]+/)?model(?:-(\d+)-of-(\d+))?\.safetensors")
_PICKLED = re.compile(r"(?:[^/]+/)?pytorch_model(?:-\d+-of-\d+)?\.bin")
_OTHER_FORMATS = frozenset({"onnx", "openvino", "coreml", "original", "flax", "tf"})
_SMALL = frozenset({".json", ".txt", ".model", ".jinja"})
_CONFIG = re.compile(r"(?:[^/]+/)?(?:[^/]*config[^/]*|modules)\.json")


def files_below(folder: Path) -> dict[str, int]:
    """Return the size in bytes of each file in a folder and the folders in it, by POSIX name."""
    sizes = {}
    for path in (*folder.glob("*"), *folder.glob("*/*")):
        if path.is_file():
            sizes[path.relative_to(folder).as_posix()] = path.stat().st_size
    return sizes


def weight_names(names: Iterable[str]) -> list[str]:
    """Return the safetensors files that transformers and sentence-transformers load, sorted.

    Example:
        >>> weight_names(["model.safetensors", "model.fp16.safetensors", "2_Dense/model.safetensors"])
        ['2_Dense/model.safetensors', 'model.safetensors']
    """
    return sorted(name for name in names if _WEIGHTS.fullmatch(name) and not _other_format(name))


def weights_complete(names: Iterable[str]) -> bool:
    """Return whether there are weights, and every part of those that come in numbered parts."""
    weights = weight_names(names)
    for name in weights:
        match = _WEIGHTS.fullmatch(name)
        if match and match[2]:
            total = int(match[2])
            prefix, suffix = name[: match.start(1)], name[match.end(1) :]
            if sum(other.startswith(prefix) and other.endswith(suffix) for other in weights) < total:
                return False
    return bool(weights)


def chosen_files(names: Iterable[str], *, configs_only: bool = False) -> list[str]:
    """Return the files worth fetching: weights in one format, tokenizer and configuration; or configuration alone."""
    listed = [name for name in names if name.count("/") <= 1 and not _other_format(name)]
    if configs_only:
        return [name for name in listed if _CONFIG.fullmatch(name)]
    return weight_names(listed) + [name for name in listed if PurePosixPath(name).suffix in _SMALL]


def refuse_pickles(names: Iterable[str], model: str, *, local: bool) -> None:
    """Refuse a model that has weights as pickles and not in safetensors.

    Raises:
        ModelUnavailable: With how to convert them.
    """
    listed = list(names)
    have = {PurePosixPath(name).parent for name in weight_names(listed)}
    pickled = sorted(name for name in listed if _PICKLED.fullmatch(name) and PurePosixPath(name).parent not in have)
    if pickled:
        raise ModelUnavailable(
            f"the weights are pickles ({', '.join(pickled[:3])}), which can run any code when they are read, and "
            "there are none in safetensors",
            where=model,
            fix=_conversion(model, local=local),
        )


def require_safetensors(names: Iterable[str], model: str, *, local: bool) -> None:
    """Refuse a model whose weights are missing, incomplete, or pickles.

    Raises:
        ModelUnavailable: With how to convert pickles, or how to get what is missing.
    """
    listed = list(names)
    refuse_pickles(listed, model, local=local)
    if not weights_complete(listed):
        missing = "parts of the weights are missing" if weight_names(listed) else "there are no weights"
        raise ModelUnavailable(f"{missing} (model.safetensors)", where=model, fix=_fetch_again(model, local=local))


def require_readable(folder: Path, model: str) -> None:
    """Refuse weights that are cut off or damaged, as far as their headers tell.

    Raises:
        ModelUnavailable: A file is not whole.
    """
    from safetensors import SafetensorError, safe_open

    for name in weight_names(files_below(folder)):
        try:
            with safe_open(folder / name, framework="numpy"):
                pass
        except (SafetensorError, OSError) as error:
            raise ModelUnavailable(
                f"{name} is damaged ({error})", where=model, fix="Delete that file and fetch the model again."
            ) from error


def weights_digest(folder: Path) -> str:
    """Return the SHA-256, in hexadecimal, of a folder's weights: of the one file, or of all names and digests.

    Computed once for a file as long as its size and time of change stay the same.
    """
    digests = {}
    for name in weight_names(files_below(folder)):
        status = (folder / name).stat()
        digests[name] = _file_digest(folder / name, status.st_size, status.st_mtime_ns)
    if len(digests) == 1:
        return next(iter(digests.values()))
    return hashlib.sha256("".join(f"{digest}  {name}\n" for name, digest in digests.items()).encode()).hexdigest()


@lru_cache(maxsize=64)
def _file_digest(path: Path, _size: int, _changed: int) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _other_format(name: str) -> bool:
    return PurePosixPath(name).parts[0] in _OTHER_FORMATS


def _conversion(model: str, *, local: bool) -> str:
    if not local:
        return (
            "Where the model's page shows a pull request of the safetensors bot, take that with 'revision: "
            "refs/pr/NUMBER'; or, if you trust the model's author, convert it once: "
            f"\"{_convert_command(model, './converted')}\", then give './converted' as 'model'."
        )
    target = model.rstrip(os.sep) + "-safetensors"
    return (
        "If you trust where they come from, convert them once: "
        f"\"{_convert_command(model, target)}\", then give {target!r} as 'model'."
    )


def _convert_command(model: str, target: str) -> str:
    # sentence-transformers reads both layouts, and torch reads the pickle with weights_only=True.
    return (
        'python -c "from transformers import AutoModel, AutoProcessor; '
        f"[c.from_pretrained('{model}').save_pretrained('{target}') for c in (AutoModel, AutoProcessor)]\""
    )


def _fetch_again(model: str, *, local: bool) -> str:
    if local:
        return "Copy the model's whole folder, or save it with 'save_pretrained'."
    return f"Fetch it again with 'hf download {model}', or choose a model that has model.safetensors."
