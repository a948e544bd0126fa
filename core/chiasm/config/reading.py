"""From YAML to a checked configuration; every message names the file, the line and the YAML path."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from chiasm.config.model import STEP_KINDS, Encode, Fuse, PipelineConfig, Translate
from chiasm.errors import ConfigError, nearest_names

MAX_BYTES = 1024 * 1024
MAX_NODES = 20_000
"""A configuration is small; more is a mistake, or aliases nested to exhaust memory."""

YamlPath = tuple[str | int, ...]
M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a configuration was written, so that a message can point into it.

    Attributes:
        name: File name, or what stands for it.
        marks: Line and column, counted from 1, by path.
    """

    name: str = "pipeline"
    marks: Mapping[YamlPath, tuple[int, int]] = field(default_factory=dict)

    def at(self, path: YamlPath) -> str:
        """Return ``file:line:column: path`` for the longest part of ``path`` that was written."""
        written = next((path[:n] for n in range(len(path), 0, -1) if path[:n] in self.marks), ())
        place = ":".join(map(str, (self.name, *self.marks.get(written, ()))))
        return f"{place}: {dotted(path)}" if path else place


def dotted(path: YamlPath) -> str:
    """Return ``index[2].with`` for ``("index", 2, "with")``."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def read_config(source: str | Path) -> tuple[PipelineConfig, Origin]:
    """Read a configuration from a file (``Path``) or from YAML text (``str``).

    Raises:
        ConfigError: It cannot be read, is not YAML, or does not fit the format.
    """
    name, text = _read(source)
    data, origin = _parse(text, name)
    return check_config(data, origin), origin


def check_config(data: Mapping[str, Any], origin: Origin) -> PipelineConfig:
    """Check a configuration that is already made of dicts and lists.

    Raises:
        ConfigError: It does not fit the format.
    """
    if not isinstance(data, Mapping):
        raise ConfigError(
            "a pipeline is a mapping with 'components' and 'index'", where=origin.name, fix="See 'chiasm schema'."
        )
    checked = dict(data)
    if "index" in checked:
        checked["index"] = _check_steps(checked["index"], origin)
    return checked_model(PipelineConfig, checked, origin, ())


def checked_model(model: type[M], data: object, origin: Origin, path: YamlPath) -> M:
    """Validate ``data`` as ``model``, turning what pydantic finds into one message per mistake.

    Raises:
        ConfigError: With the place and the nearest valid name of the first mistake, and the others after it.
    """
    try:
        return model.model_validate(data)
    except ValidationError as error:
        first, *rest = (_as_config_error(model, dict(each), origin, path) for each in error.errors())
        if rest:
            others = "".join(f"\n  also {other}" for other in rest)
            raise ConfigError(f"{first.problem}", where=first.where, nearest=first.nearest, fix=others) from None
        raise first from None


def _read(source: str | Path) -> tuple[str, str]:
    if isinstance(source, str):
        return "pipeline", source
    try:
        if source.stat().st_size > MAX_BYTES:
            raise ConfigError(f"a configuration of over {MAX_BYTES:,} bytes is refused", where=str(source))
        return str(source), source.read_text("utf-8")
    except OSError as error:
        raise ConfigError(f"the configuration cannot be read ({error.strerror})", where=str(source)) from error
    except UnicodeDecodeError as error:
        raise ConfigError("the configuration is not UTF-8 text", where=str(source)) from error


def _parse(text: str, name: str) -> tuple[Any, Origin]:
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{name}:{mark.line + 1}:{mark.column + 1}" if mark else name
        problem = getattr(error, "problem", None) or "the text is not YAML"
        raise ConfigError(f"the text is not YAML: {problem}", where=where) from error
    if node is None:
        raise ConfigError("the configuration is empty", where=name, fix="See 'chiasm schema'.")
    reader = _NodeReader(name)
    return reader.value(node, ()), Origin(name, reader.marks)


class _NodeReader:
    """Turns YAML nodes into values, keeping the place of each and refusing duplicate keys."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._constructor = yaml.constructor.SafeConstructor()
        self._count = 0
        self.marks: dict[YamlPath, tuple[int, int]] = {}

    def value(self, node: yaml.Node, path: YamlPath) -> Any:  # noqa: ANN401
        self._count += 1
        if self._count > MAX_NODES:
            raise ConfigError(f"a configuration of over {MAX_NODES:,} values is refused", where=self._name)
        self.marks[path] = (node.start_mark.line + 1, node.start_mark.column + 1)
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self.value(child, (*path, at)) for at, child in enumerate(node.value)]
        try:
            return self._constructor.construct_object(node)
        except (yaml.YAMLError, ValueError) as error:
            line, column = self.marks[path]
            raise ConfigError(
                f"a value of type {node.tag!r} is not allowed", where=f"{self._name}:{line}:{column}: {dotted(path)}"
            ) from error

    def _mapping(self, node: yaml.MappingNode, path: YamlPath) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = str(key_node.value)
            place = f"{self._name}:{key_node.start_mark.line + 1}:{key_node.start_mark.column + 1}"
            if key in result:
                raise ConfigError(f"the key {key!r} stands twice", where=f"{place}: {dotted((*path, key))}")
            result[key] = self.value(value_node, (*path, key))
            self.marks[*path, key] = (key_node.start_mark.line + 1, key_node.start_mark.column + 1)
        return result


def _check_steps(steps: object, origin: Origin) -> list[BaseModel]:
    if not isinstance(steps, Sequence) or isinstance(steps, str):
        raise ConfigError("'index' is a list of steps", where=origin.at(("index",)))
    return [_check_step(step, origin, ("index", at)) for at, step in enumerate(steps)]


def _check_step(step: object, origin: Origin, path: YamlPath) -> BaseModel:
    if isinstance(step, Translate | Encode | Fuse):
        return step
    keys = list(step) if isinstance(step, Mapping) else []
    kinds = [kind for kind in STEP_KINDS if kind in keys]
    if len(kinds) != 1:
        nearest = tuple(name for key in keys for name in nearest_names(str(key), STEP_KINDS, 1))
        raise ConfigError(
            "a step has exactly one of the keys 'translate', 'encode' and 'fuse'",
            where=origin.at(path),
            nearest=() if kinds else nearest,
        )
    return checked_model(STEP_KINDS[kinds[0]], step, origin, path)


def _as_config_error(model: type[BaseModel], error: dict[str, Any], origin: Origin, path: YamlPath) -> ConfigError:
    inner = tuple(part for part in error["loc"] if not (isinstance(part, str) and "[" in part))
    where = origin.at((*path, *inner))
    if error["type"] == "extra_forbidden":
        known = _keys_at(model, inner[:-1])
        return ConfigError(
            f"there is no {inner[-1]!r} here; valid are {', '.join(known) or 'no keys'}",
            where=where,
            nearest=nearest_names(str(inner[-1]), known),
        )
    if error["type"] == "missing":
        return ConfigError(f"{inner[-1]!r} is missing", where=where)
    problem = error["msg"].removeprefix("Value error, ")
    if error["type"] == "literal_error":
        expected = [each.strip(" '") for each in error["ctx"]["expected"].replace(" or ", ",").split(",")]
        return ConfigError(f"{problem}; it is {error['input']!r}", where=where,
                           nearest=nearest_names(str(error["input"]), expected))  # fmt: skip
    return ConfigError(f"{problem}; it is {error['input']!r}", where=where)


def _keys_at(model: type[BaseModel], path: YamlPath) -> list[str]:
    here: Any = model
    for part in path:
        info = here.model_fields.get(part) if _is_model(here) else None
        here = next((each for each in _models_in(info.annotation)), None) if info else here
    return [info.alias or name for name, info in here.model_fields.items()] if _is_model(here) else []


def _models_in(annotation: object) -> list[type[BaseModel]]:
    from typing import get_args

    if _is_model(annotation):
        return [annotation]  # type: ignore[list-item]
    return [found for each in get_args(annotation) for found in _models_in(each)]


def _is_model(annotation: object) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)
