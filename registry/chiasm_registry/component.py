"""A component that an installed plugin offers, with its state and its class on first use."""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib import import_module

from chiasm_registry.errors import UnusableComponent
from chiasm_registry.foreign import prints_to_stderr
from chiasm_registry.names import COMPONENT_NAME
from chiasm_registry.probe import is_importable
from chiasm_registry.selection import Refusal
from chiasm_registry.spec import API_VERSION, ComponentSpec
from chiasm_registry.states import State, full_traceback, import_failure


@dataclass(slots=True, eq=False)
class RegisteredComponent:
    """One component of one distribution.

    Attributes:
        spec: What the plugin says of it.
        distribution: Normalized name of the distribution that brings it.
        version: Version of the distribution.
        plugin: Name of the entry point.
        state: Whether it can be used; importing its class may change ``"ok"`` to ``"broken"``.
        message: Why it is in its state, or what to know of it; may be empty.
        fix: What to do when it is not ``"ok"``; may be empty.
        traceback: Of the error that broke it.
    """

    spec: ComponentSpec
    distribution: str
    version: str
    plugin: str
    state: State = "ok"
    message: str = ""
    fix: str = ""
    traceback: str = field(default="", repr=False)

    @property
    def id(self) -> str:
        """The canonical id, ``"distribution/name"``, which names one component of a kind whatever else is installed."""
        return f"{self.distribution}/{self.spec.name}"

    @property
    def name(self) -> str:
        """The short name."""
        return self.spec.name

    @property
    def kind(self) -> str:
        """The kind of component."""
        return self.spec.kind

    @property
    def usable(self) -> bool:
        """Whether its class can be asked for."""
        return self.state == "ok"

    def load_class(self) -> type:
        """Import and return the component's class.

        Raises:
            UnusableComponent: It is not in state ``"ok"``, or its target cannot be imported or is no class.
        """
        return self._load(self.spec.target)

    def load_params(self) -> type | None:
        """Import and return the model of its params, or ``None`` when it has none.

        Raises:
            UnusableComponent: As ``load_class`` does.
        """
        return None if self.spec.params is None else self._load(self.spec.params)

    def unusable(self) -> UnusableComponent:
        """Return the error that tells state, reason and the way out."""
        return UnusableComponent(
            f"{self.kind} {self.id!r} is {self.state}: {self.message}",
            where=f"plugin {self.plugin!r} of {self.distribution} {self.version}".rstrip(),
            fix=self.fix or f"'chiasm plugins show {self.id}' tells more.",
        )

    def _load(self, target: str) -> type:
        if not self.usable:
            raise self.unusable()
        module_name, _, attribute = target.partition(":")
        try:
            with prints_to_stderr():
                module = import_module(module_name)
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # SystemExit too: a plugin does not end the program
            self.state, self.message = import_failure(error, module_name)
            self.fix = way_to_install(self.spec) if self.state == "missing-dependency" else ""
            self.traceback = full_traceback(error)
            raise self.unusable() from error
        found = getattr(module, attribute, None)
        if not isinstance(found, type):
            self.state = "broken"
            self.message = f"module {module_name!r} has no class {attribute!r}"
            raise self.unusable()
        return found


def assess(component: RegisteredComponent, refusal: Refusal | None) -> None:
    """Set the state that can be told without importing anything of the component."""
    spec = component.spec
    problem = spec_problem(spec)
    if refusal is not None:
        component.state, component.message, component.fix = "disabled", refusal.reason, refusal.fix
    elif problem:
        component.state, component.message = "broken", problem
    elif spec.api != API_VERSION:
        newer = "chiasm" if spec.api > API_VERSION else component.distribution
        component.state = "incompatible-api"
        component.message = f"it speaks version {spec.api} of the plugin contracts, this chiasm version {API_VERSION}"
        component.fix = f"Upgrade: pip install -U {newer}"
    else:
        missing = [module for module in spec.requires if not is_importable(module)]
        if missing:
            names = ", ".join(repr(module) for module in missing)
            component.state = "missing-dependency"
            component.message = f"{'modules' if len(missing) > 1 else 'module'} {names} not installed"
            component.fix = way_to_install(spec)


def way_to_install(spec: ComponentSpec) -> str:
    """Return what brings the modules that a component needs."""
    return f"Install: {spec.install_hint}" if spec.install_hint else "Install what is missing."


def spec_problem(spec: ComponentSpec) -> str:
    """Return what is wrong with the form of a spec, or nothing."""
    for label, value in (("kind", spec.kind), ("name", spec.name)):
        if not COMPONENT_NAME.fullmatch(value):
            return f"its {label} {value!r} has other characters than letters, digits and . _ + -"
    for label, target in (("target", spec.target), ("params", spec.params)):
        if target is None and label == "params":
            continue
        if not isinstance(target, str) or not all(target.partition(":")):
            return f"its {label} {target!r} is not of the form 'package.module:Class'"
    if not isinstance(spec.summary, str):
        return f"its summary {spec.summary!r} is not a string"
    for label in ("consumes", "produces", "requires", "suffixes"):
        names = getattr(spec, label)
        if not isinstance(names, tuple) or not all(isinstance(name, str) and name for name in names):
            return f"its {label} {names!r} is not a tuple of names"
    return _detail_problem(spec)


def _detail_problem(spec: ComponentSpec) -> str:
    if wrong := [each for each in spec.suffixes if not each.startswith(".") or each != each.lower()]:
        return f"its suffixes have {wrong[0]!r}; they begin with a dot and are in small letters"
    if spec.install_hint is not None and not isinstance(spec.install_hint, str):
        return f"its install_hint {spec.install_hint!r} is not a string"
    return "" if isinstance(spec.api, int) else f"its api {spec.api!r} is not a number"
