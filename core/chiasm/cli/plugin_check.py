"""``chiasm plugins check``: the contract tests of a plugin and its components, without pytest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import yaml

from chiasm.cli.output import Column, is_terminal, print_table, prints_to_stderr, say
from chiasm.cli.plugin_page import find_components, find_plugins
from chiasm.errors import ChiasmError, ConfigError
from chiasm.media.item import Item
from chiasm.testing.contract import Contract
from chiasm.testing.kinds import contract_of
from chiasm.testing.making import make_component
from chiasm.testing.plugin import PluginContract
from chiasm.testing.running import Outcome, run_contract
from chiasm_registry import RegisteredComponent, Registry


@dataclass(frozen=True, slots=True)
class Checked:
    """What was checked, and what came of it.

    Attributes:
        subject: A component's kind and id, or a plugin's.
        outcomes: Of each test.
        problem: Why the tests could not be run; empty when they were.
    """

    subject: str
    outcomes: list[Outcome] = field(default_factory=list)
    problem: str = ""

    @property
    def ok(self) -> bool:
        """Whether nothing failed."""
        return not self.problem and all(each.verdict != "failed" for each in self.outcomes)

    def record(self) -> dict[str, Any]:
        """Return it as JSON values."""
        tests = [asdict(each) | {"seconds": round(each.seconds, 4)} for each in self.outcomes]
        return {"subject": self.subject, "ok": self.ok, "problem": self.problem, "tests": tests}


def check_named(
    registry: Registry,
    name: str,
    kind: str | None,
    params: Mapping[str, Any],
    config: Path | None,
    files: Sequence[Path],
) -> list[Checked]:
    """Check the plugin or component that ``name`` means: one component, or a plugin with all of its.

    Args:
        registry: Where it is looked up.
        name: Name or id of a component, or of a plugin, or of a distribution.
        kind: Only components of this kind.
        params: Of the component.
        config: A pipeline whose ``components`` the params may name, or whose component ``name`` is.
        files: Read into the items that the component is tested with.

    Raises:
        UnknownComponent: There is none of that name.
        ConfigError: The configuration is wrong.
    """
    others = _components_of(config)
    if name in others and not any(name in (each.name, each.id) for each in registry.components(kind)):
        name, params = others[name]["use"], others[name].get("params", {}) | dict(params)
    plugins = [] if kind else find_plugins(registry, name)
    components = find_components(registry, name, kind, required=not plugins)
    components = components or [component for plugin in plugins for component in plugin.components]
    with prints_to_stderr():
        owners = dict.fromkeys(
            [each.id for each in plugins] + [f"{each.distribution}/{each.plugin}" for each in components]
        )
        found = [Checked(f"plugin {owner}", list(run_contract(PluginContract(), owner))) for owner in owners]
        return found + [_check_component(registry, each, params, others, files) for each in components]


def print_checked(checked: Sequence[Checked]) -> None:
    """Print a table: what failed first needs to be seen, so its messages stand below it in full."""
    short = is_terminal()
    rows = [
        [each.subject, outcome.title, outcome.verdict, "" if short else outcome.message]
        for each in checked
        for outcome in each.outcomes
    ]
    columns = [Column("Subject"), Column("Test", wrap=True), Column("Verdict")]
    if rows:
        print_table(
            columns if short else [*columns, Column("Message")], [row[: len(columns) + (not short)] for row in rows]
        )
    for each in checked:
        for outcome in each.outcomes:
            if outcome.verdict == "failed" and short:
                print(f"\n{each.subject}: {outcome.title}\n    {outcome.message}")
        if each.problem:
            print(f"\n{each.subject} was not tested: {each.problem}")
    counts = Counter(outcome.verdict for each in checked for outcome in each.outcomes)
    say(
        ", ".join(f"{counts[verdict]} {verdict}" for verdict in ("passed", "failed", "skipped") if counts[verdict])
        + "."
    )


def read_params(text: str | None) -> dict[str, Any]:
    """Return params that were given as YAML or JSON on the command line.

    Raises:
        ConfigError: They are no mapping.
    """
    try:
        found = yaml.safe_load(text) if text else {}
    except yaml.YAMLError as error:
        raise ConfigError(f"the params are not YAML: {error}", where="--params") from error
    if not isinstance(found, dict):
        raise ConfigError("params are a mapping, such as '{levels: 6}'", where="--params")
    return found


def _check_component(
    registry: Registry,
    each: RegisteredComponent,
    params: Mapping[str, Any],
    others: Mapping[str, Any],
    files: Sequence[Path],
) -> Checked:
    subject = f"{each.kind} {each.id}"
    try:
        component = make_component(each, params, others, registry)
        contract = _with_items(contract_of(each.spec)[1], files)
    except ChiasmError as error:
        return Checked(subject, problem=f"{error} (--params and --config say how it is to be made)")
    return Checked(subject, list(run_contract(contract, component)))


def _with_items(contract: type[Contract], files: Sequence[Path]) -> Contract:
    """Return a contract that tests with these files: their bytes for a loader, items for others."""
    if not files:
        return contract()

    class OfFiles(contract):  # type: ignore[valid-type,misc]
        def samples(self, component: Any) -> list[Item]:  # noqa: ANN401
            return [Item.from_path(path) for path in files]

        def files(self, component: Any) -> list[bytes]:  # noqa: ANN401
            return [path.read_bytes() for path in files]

    made: Contract = OfFiles()
    return made


def _components_of(config: Path | None) -> dict[str, Any]:
    if config is None:
        return {}
    from chiasm.config.reading import read_config

    found, _ = read_config(config)
    return {name: use.model_dump(mode="json") for name, use in found.components.items()}
