"""MkDocs hook: writes the pages that the installed chiasm itself knows best, its components and its commands."""

from __future__ import annotations

import types
import typing
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import click
import typer
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

COMPONENTS = "reference/components.md"
COMMANDS = "reference/commands.md"


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the generated pages."""
    files.append(File.generated(config, COMPONENTS, content="\n".join(components_page())))
    files.append(File.generated(config, COMMANDS, content="\n".join(commands_page())))
    return files


def components_page() -> Iterator[str]:
    """Yield the lines of the page on built-in components and their params."""
    from chiasm_registry import installed_registry

    yield "# Components"
    yield ""
    yield "Every component that comes with chiasm, with its params. `chiasm plugins show NAME` tells the same of any"
    yield "that is installed. Params marked *speed* change how fast results come, and not the results."
    kind = ""
    for component in installed_registry().components():
        if component.distribution != "chiasm":
            continue
        if component.kind != kind:
            kind = component.kind
            yield f"\n## {kind.capitalize()}s"
        spec = component.spec
        yield f"\n### {spec.name}\n\n{spec.summary.rstrip('.')}.\n"
        if spec.consumes and kind != "loader":
            yield f"Takes {', '.join(spec.consumes)}; gives {', '.join(spec.produces) or 'vectors'}.\n"
        if spec.consumes and kind == "loader":
            yield f"Reads {', '.join(f'`{each}`' for each in spec.consumes)}.\n"
        if spec.install_hint and spec.requires:
            yield f"Needs {', '.join(f'`{each}`' for each in spec.requires)}: `{spec.install_hint}`.\n"
        if spec.params and kind != "loader":
            # By hand, since a component whose libraries are not installed here cannot be asked, and this needs none.
            module, _, attribute = spec.params.partition(":")
            yield from params_table(getattr(import_module(module), attribute))


def params_table(model: type[BaseModel]) -> Iterator[str]:
    """Yield a table of the fields of a params model."""
    if not model.model_fields:
        return
    yield "| param | type | default | |\n|---|---|---|---|"
    for name, field in model.model_fields.items():
        extra = field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}
        speed = " *speed*" if extra.get("chiasm-tuning") else ""
        part = " (the name of another component)" if extra.get("chiasm-part") else ""
        said = (field.description or "").replace("|", "\\|")
        yield f"| `{name}` | {type_name(field.annotation)} | {default_of(field)} | {said}{part}{speed} |"


def default_of(field: FieldInfo) -> str:
    """Return a field's default as a configuration has it."""
    if field.default is PydanticUndefined:
        return "required" if field.default_factory is None else ""
    if field.default is None:
        return ""
    return f"`{str(field.default).lower() if isinstance(field.default, bool) else field.default}`"


def type_name(annotation: Any) -> str:  # noqa: ANN401
    """Return a type as readers of a configuration call it."""
    names = {str: "text", int: "whole number", float: "number", bool: "true or false", type(None): "", Path: "path"}
    origin, inner = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is None:
        return names.get(annotation, annotation.__name__)
    if origin is typing.Literal:
        return ", ".join(f"`{each}`" for each in inner)
    if origin in (typing.Union, types.UnionType):
        return " or ".join(filter(None, map(type_name, inner)))
    of = type_name(inner[0])
    if origin is typing.Annotated:
        return of
    return f"mapping of {of} to {type_name(inner[1])}" if origin is dict else f"list of {of}"


def commands_page() -> Iterator[str]:
    """Yield the lines of the page on commands, from their own help."""
    from chiasm.cli.app import COMMANDS as NAMES
    from chiasm.cli.exit_codes import MEANINGS

    yield "# Commands"
    for name in NAMES:
        command = loaded(name)
        yield from command_lines(command, f"chiasm {name}", 2)
    yield "\n## Exit codes\n\n| code | |\n|---|---|"
    for code, meaning in MEANINGS.items():
        yield f"| {code} | {meaning} |"


def loaded(name: str) -> click.Command:
    """Return a command of chiasm."""
    command: click.Command = typer.main.get_command(import_module(f"chiasm.cli.{name}").app)
    return command


def command_lines(command: Any, path: str, level: int) -> Iterator[str]:  # noqa: ANN401
    """Yield a section on a command, and on those below it."""
    yield f"\n{'#' * level} {path}\n\n{command.help or ''}\n"
    inner = getattr(command, "commands", {})
    given = [each for each in command.params if each.name != "help"]
    if given:
        yield "| | |\n|---|---|"
    for parameter in given:
        is_argument = parameter.param_type_name == "argument"
        names = parameter.name.upper() if is_argument else ", ".join(parameter.opts)
        said = " ".join((getattr(parameter, "help", None) or "").split()).replace("|", "\\|")
        yield f"| `{names}` | {said} |"
    for name, each in inner.items():
        yield from command_lines(each, f"{path} {name}", level + 1)
