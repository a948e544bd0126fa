"""The plugins and components that a user disabled for good, kept in a file of one name a line."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from chiasm_registry.errors import RegistryError
from chiasm_registry.names import normalized

FOLDER_VARIABLE = "CHIASM_CONFIG_DIR"


def kept_list_path() -> Path:
    """Return the file: in ``$CHIASM_CONFIG_DIR``, or in the user's configuration folder of this system."""
    named = os.environ.get(FOLDER_VARIABLE)
    if named:
        return Path(named) / "disabled-plugins"
    from platformdirs import user_config_path

    return user_config_path("chiasm", appauthor=False) / "disabled-plugins"


def kept_disabled() -> list[str]:
    """Return the names in the file, as they were written; none where there is no file.

    Raises:
        RegistryError: The file is there and cannot be read.
    """
    path = kept_list_path()
    try:
        lines = path.read_text("utf-8").splitlines()
    except FileNotFoundError:
        return []
    except (OSError, UnicodeDecodeError) as error:
        raise RegistryError(f"the list of disabled plugins cannot be read ({error})", where=str(path)) from error
    return [line.strip() for line in lines if line.strip() and not line.startswith("#")]


def keep_disabled(names: Iterable[str]) -> None:
    """Write the file with these names, each once and sorted.

    Raises:
        RegistryError: It cannot be written.
    """
    path = kept_list_path()
    text = "".join(f"{name}\n" for name in sorted(set(map(normalized, names))))
    draft = path.with_suffix(f".{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft.write_text(text, "utf-8")
        draft.replace(path)
    except OSError as error:
        raise RegistryError(f"the list of disabled plugins cannot be written ({error})", where=str(path)) from error
