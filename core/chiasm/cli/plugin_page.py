"""All about one component or plugin, for people."""

from __future__ import annotations

import shutil
import textwrap
from collections.abc import Mapping
from typing import Any

from chiasm.cli.output import Column, is_terminal, print_table
from chiasm.cli.plugin_records import params_schema
from chiasm_registry import PluginReport, RegisteredComponent, Registry


def find_components(registry: Registry, name: str, kind: str | None, *, required: bool) -> list[RegisteredComponent]:
    """Return every component with that name or id, of one kind or of all, usable or not.

    Raises:
        UnknownComponent: There is none though one is ``required``; with the nearest names.
    """
    from chiasm.errors import UnknownComponent, nearest_names

    components = registry.components(kind)
    found = [each for each in components if name in (each.name, each.id)]
    if required and not found:
        names = {each.name for each in components} | {each.id for each in components if "/" in name}
        raise UnknownComponent(
            f"no installed plugin offers {kind or 'a component'} {name!r}",
            nearest=nearest_names(name, names),
            fix="'chiasm plugins list' shows what there is.",
        )
    return found


def find_plugins(registry: Registry, name: str) -> list[PluginReport]:
    """Return every plugin whose id, entry point or distribution has that name."""
    return [each for each in registry.plugins() if name in (each.id, each.name, each.distribution)]


def print_plugin(plugin: PluginReport) -> None:
    """Print the state of a plugin, why it is so, and the names of its components."""
    print(f"plugin {plugin.id} {plugin.version}: {plugin.value or 'no module'}")
    facts = {
        "state": plugin.state,
        "reason": plugin.error,
        "mend it": plugin.fix,
        "import": f"{plugin.seconds * 1000:.1f} ms",
        "offers": ", ".join(f"{each.kind} {each.name}" for each in plugin.components),
    }
    _print_facts(facts)
    if plugin.traceback:
        print(f"\n{plugin.traceback.rstrip()}")


def print_component(component: RegisteredComponent) -> None:
    """Print the state of a component, what it takes, gives and needs, and its params."""
    schema = params_schema(component)  # first: it may change the state
    spec = component.spec
    print(f"{component.kind} {component.id}: {spec.summary}")
    facts = {
        "state": f"{component.state} ({component.message})" if component.message else component.state,
        "mend it": component.fix,
        "from": f"{component.distribution} {component.version}, plugin {component.plugin!r}",
        "takes": ", ".join(spec.consumes),
        "gives": ", ".join(spec.produces),
        "needs": ", ".join(spec.requires),
        "class": spec.target,
    }
    _print_facts(facts)
    if component.traceback:
        print(f"\n{component.traceback.rstrip()}")
    if schema and schema.get("properties"):
        print()
        _print_params(schema)


def _print_facts(facts: Mapping[str, str]) -> None:
    for label, value in facts.items():
        if value:
            print(f"  {label:<8} {value}")


def _print_params(schema: Mapping[str, Any]) -> None:
    required = schema.get("required", [])
    rows = [
        [
            name,
            type_text(field, schema),
            "(required)" if name in required else _default_text(field),
            str(field.get("description", "")),
        ]
        for name, field in schema["properties"].items()
    ]
    if not is_terminal():
        print_table([Column("param"), Column("type"), Column("default"), Column("meaning")], rows)
        return
    # Types and defaults are of any length, so a table would leave no room for what the params mean.
    width = shutil.get_terminal_size().columns
    for name, kind, default, meaning in rows:
        given = {"-": "", "(required)": ", required"}.get(default, f", default {default}")
        print(f"  {name}: {kind}{given}")
        indent = " " * 6
        print(textwrap.fill(meaning, width, initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False))


def _default_text(field: Mapping[str, Any]) -> str:
    default = field.get("default")
    if default is None or default == {}:
        return "-"
    return f"{default:,}".replace(",", "_") if type(default) is int else str(default)


def type_text(field: Mapping[str, Any], schema: Mapping[str, Any]) -> str:
    """Return a JSON Schema type in few words.

    Example:
        >>> type_text({"anyOf": [{"type": "integer"}, {"type": "null"}]}, {})
        'integer'
        >>> type_text({"enum": ["auto", "torch"]}, {})
        'auto | torch'
    """
    if "$ref" in field:
        name = str(field["$ref"]).rpartition("/")[2]
        target = schema.get("$defs", {}).get(name, {})
        return type_text(target, schema) if "enum" in target else name
    if "enum" in field:
        return " | ".join(str(value) for value in field["enum"])
    if "const" in field:
        return str(field["const"])
    for union in ("anyOf", "oneOf"):
        if union in field:
            kinds = [type_text(each, schema) for each in field[union] if each.get("type") != "null"]
            return " | ".join(dict.fromkeys(kinds))
    if field.get("type") == "array":
        return f"list of {type_text(field.get('items', {}), schema)}"
    return {"object": "mapping", "boolean": "true | false"}.get(field.get("type", ""), str(field.get("type", "any")))
