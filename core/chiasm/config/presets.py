"""The pipelines that come with chiasm, by name."""

from __future__ import annotations

from importlib.resources import files

from chiasm.config.model import PipelineConfig
from chiasm.config.reading import Origin, read_config
from chiasm.errors import ConfigError, nearest_names


def preset_names() -> tuple[str, ...]:
    """Return the names of the presets, sorted."""
    folder = files("chiasm.config") / "presets"
    return tuple(sorted(entry.name.removesuffix(".yaml") for entry in folder.iterdir() if entry.name.endswith(".yaml")))


def preset_text(name: str) -> str:
    """Return the YAML of a preset.

    Raises:
        ConfigError: There is no such preset.
    """
    if name not in preset_names():
        raise ConfigError(
            f"there is no preset {name!r}; there are {', '.join(preset_names())}",
            nearest=nearest_names(name, preset_names()),
        )
    return (files("chiasm.config") / "presets" / f"{name}.yaml").read_text("utf-8")


def read_preset(name: str) -> tuple[PipelineConfig, Origin]:
    """Return a preset. Raises ``ConfigError`` as ``preset_text`` does."""
    config, origin = read_config(preset_text(name))
    return config, Origin(f"preset {name}", origin.marks)
