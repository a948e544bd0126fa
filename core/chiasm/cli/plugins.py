"""``chiasm plugins``: which components are installed, in what state, and why."""

from __future__ import annotations

from collections import Counter
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from chiasm.cli.exit_codes import DOCUMENTS_FAILED
from chiasm.cli.output import Column, is_terminal, print_json, print_table, say
from chiasm.cli.plugin_records import component_record, plugin_record
from chiasm.cli.style import new_app
from chiasm_registry import FAULTS, PluginReport, RegisteredComponent, Registry, installed_registry

app = new_app("Show which components are installed, in what state, and why.")


def _complete_name(incomplete: str) -> list[str]:
    components = installed_registry().components()
    names = {each.name for each in components} | {each.id for each in components if "/" in incomplete}
    return sorted(name for name in names if name.startswith(incomplete))


def _complete_kind(incomplete: str) -> list[str]:
    from chiasm.scaffold import KINDS

    return [name for name in KINDS if name.startswith(incomplete)]


Kind = Annotated[
    str | None, typer.Option("--kind", "-k", metavar="KIND", help="Only this kind, for example encoder or store.")
]
Name = Annotated[
    str,
    typer.Argument(
        help="Name or id of a component, such as clip or chiasm/clip, or of a plugin.", autocompletion=_complete_name
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command("list")
def list_components(kind: Kind = None, json: AsJson = False) -> None:
    """List the components of all plugins; nothing of them is imported."""
    registry = installed_registry()
    components = registry.components(kind)
    idle = [plugin for plugin in registry.plugins() if plugin.state != "ok"]
    if json:
        records = {"components": [component_record(each) for each in components]}
        print_json(records if kind else records | {"plugins": [plugin_record(each) for each in registry.plugins()]})
        return
    if components:
        _print_components(components)
    elif kind:
        known = sorted({each.kind for each in registry.components()})
        say(f"No component of kind {kind!r}; there are: {', '.join(known) or 'none'}.")
    _tell_unmatched(registry)
    for plugin in idle:
        say(f"Plugin {plugin.id} is {plugin.state}: {plugin.error}")
    unusable = sum(not each.usable for each in components)
    if unusable or any(plugin.state in FAULTS for plugin in idle):
        say("'chiasm plugins doctor' tells what is wrong and how to mend it.")


def _print_components(components: list[RegisteredComponent]) -> None:
    if not is_terminal():
        head = [Column("kind"), Column("name"), Column("state"), Column("distribution"), Column("summary")]
        rows = [
            [each.kind, each.name, each.state, f"{each.distribution} {each.version}".rstrip(), each.spec.summary]
            for each in components
        ]
        print_table(head, rows)
        return
    shared = Counter((each.kind, each.name) for each in components)
    rows, last = [], ""
    for each in components:
        own = each.distribution == "chiasm" and shared[each.kind, each.name] == 1
        rows.append(
            ["" if each.kind == last else each.kind, each.name if own else each.id, each.state, each.spec.summary]
        )
        last = each.kind
    print_table([Column("Kind"), Column("Name"), Column("State"), Column("Summary", wrap=True)], rows)


@app.command()
def show(
    name: Name,
    kind: Kind = None,
    json: AsJson = False,
) -> None:
    """Tell all about a component: its state, what it takes and gives, what it needs, its params."""
    from chiasm.cli import plugin_page

    registry = installed_registry()
    plugins = [] if kind else plugin_page.find_plugins(registry, name)
    components = plugin_page.find_components(registry, name, kind, required=not plugins)
    if json:
        records = [component_record(each, with_params=True) for each in components]
        print_json(records + [plugin_record(each) for each in plugins])
        return
    pages = [partial(plugin_page.print_component, each) for each in components]
    pages += [partial(plugin_page.print_plugin, each) for each in plugins]
    for position, print_page in enumerate(pages):
        if position:
            print()
        print_page()


@app.command()
def doctor(json: AsJson = False) -> None:
    """Import every component and report what is wrong; exits with 1 when something is broken.

    A package that is not installed is no fault: the report names the command that brings it.
    """
    registry = installed_registry()
    if not json:
        say("Importing every component ...")
    for component in registry.components():
        _import(component)
    faults = [each for each in registry.plugins() if each.state in FAULTS]
    faulty_components = [each for each in registry.components() if each.state in FAULTS]
    if json:
        print_json(
            {
                "ok": not faults and not faulty_components,
                "plugins": [plugin_record(each) for each in registry.plugins()],
                "unmatched": list(registry.unmatched),
            }
        )
    else:
        _print_diagnosis(registry)
    if faults or faulty_components:
        raise typer.Exit(DOCUMENTS_FAILED)


@app.command()
def new(
    kind: Annotated[str, typer.Argument(metavar="KIND", help="encoder, early-fusion, late-fusion, hybrid-fusion, "
                                        "translator, store, loader, reranker or engine.",
                                        autocompletion=_complete_kind)],
    name: Annotated[str, typer.Argument(metavar="NAME", help="Name of the package, such as acme-colours.")],
    folder: Annotated[Path, typer.Option("--folder", metavar="PATH", help="Where its folder is made.")] = Path(),
) -> None:  # fmt: skip
    """Write a plugin package that installs and passes its tests as it is, to be made your own."""
    from chiasm.cli.plugin_new import new_package

    new_package(kind, name, folder)


@app.command()
def check(
    name: Name,
    kind: Kind = None,
    *,
    params: Annotated[
        str | None, typer.Option("--params", metavar="YAML", help="Params of the component, such as '{levels: 6}'.")
    ] = None,
    config: Annotated[
        Path | None,
        typer.Option("--config", "-c", metavar="FILE", help="Pipeline whose component NAME is, or that params name."),
    ] = None,
    file: Annotated[
        list[Path] | None,
        typer.Option("--file", "-f", metavar="FILE", help="Test with this file, instead of with the kit's own items."),
    ] = None,
    json: AsJson = False,
) -> None:
    """Run the contract tests of a component, or of a plugin with all its components; exits with 1 when one fails."""
    from chiasm.cli.plugin_check import check_named, print_checked, read_params

    checked = check_named(installed_registry(), name, kind, read_params(params), config, file or [])
    if json:
        print_json([each.record() for each in checked])
    else:
        print_checked(checked)
    if not all(each.ok for each in checked):
        raise typer.Exit(DOCUMENTS_FAILED)


@app.command()
def disable(name: Name) -> None:
    """Leave out a component, a plugin or a whole distribution from now on; nothing of it is imported then."""
    from chiasm.cli.plugin_switch import disable_named

    print(f"Disabled {disable_named(installed_registry(), name)}.")


@app.command()
def enable(name: Name) -> None:
    """Use again what 'chiasm plugins disable' left out."""
    from chiasm.cli.plugin_switch import enable_named

    print(f"Enabled {', '.join(enable_named(name))}.")


def _import(component: RegisteredComponent) -> None:
    from chiasm.errors import UnusableComponent

    try:
        if component.usable:
            component.load_params()
            component.load_class()
    except UnusableComponent:
        pass  # its state and message now tell it, and the diagnosis shows them


def _print_diagnosis(registry: Registry) -> None:
    columns = [Column("Plugin"), Column("Version"), Column("State"), Column("Import", align="right")]
    columns += [Column("Components", align="right")]
    print_table(columns, [_plugin_row(each) for each in registry.plugins()])
    print()
    for plugin in registry.plugins():
        if plugin.state != "ok":
            _print_problem(f"plugin {plugin.id}", plugin.state, plugin.error, plugin.fix, plugin.traceback)
    for component in registry.components():
        if not component.usable:
            _print_problem(
                f"{component.kind} {component.id}",
                component.state,
                component.message,
                component.fix,
                component.traceback,
            )
        elif component.message:
            print(f"{component.kind} {component.id}: {component.message}")
    _tell_unmatched(registry)
    print(_summary(registry))


def _tell_unmatched(registry: Registry) -> None:
    for name in registry.unmatched:
        say(f"{name!r} is in a list of plugins to use or to disable, but no installed plugin answers to it.")


def _plugin_row(plugin: PluginReport) -> list[str]:
    usable = sum(each.usable for each in plugin.components)
    of_all = f"{usable} of {len(plugin.components)}" if usable < len(plugin.components) else str(usable)
    milliseconds = f"{plugin.seconds * 1000:.1f} ms" if plugin.seconds else "-"
    return [plugin.id, plugin.version, plugin.state, milliseconds, of_all]


def _print_problem(what: str, state: str, message: str, fix: str, traceback: str) -> None:
    print(f"{what} is {state}: {message}")
    if fix:
        print(f"    {fix}")
    for line in traceback.rstrip().splitlines():
        print(f"    {line}")


def _summary(registry: Registry) -> str:
    states = Counter(each.state for each in registry.components())
    lost = sum(each.state in FAULTS for each in registry.plugins())
    parts = [f"{states.pop('ok', 0)} components work"]
    parts += [f"{count} {state}" for state, count in sorted(states.items())]
    parts += [f"{lost} {'plugin' if lost == 1 else 'plugins'} not loaded"] if lost else []
    return ", ".join(parts) + "."
