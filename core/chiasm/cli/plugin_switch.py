"""``chiasm plugins disable`` and ``enable``: what they write into the user's list."""

from __future__ import annotations

from chiasm.errors import AmbiguousComponent, ConfigError, UnknownComponent, nearest_names
from chiasm_registry import Registry
from chiasm_registry.kept_list import keep_disabled, kept_disabled, kept_list_path
from chiasm_registry.names import normalized


def disable_named(registry: Registry, name: str) -> str:
    """Put what ``name`` means on the list of disabled plugins and return the entry, an id or a distribution.

    Raises:
        UnknownComponent: No installed component, plugin or distribution has that name.
        AmbiguousComponent: Several have it.
        RegistryError: The list cannot be written.
    """
    entry = _entry_of(registry, normalized(name))
    keep_disabled([*kept_disabled(), entry])
    return entry


def enable_named(name: str) -> list[str]:
    """Take what ``name`` means off the list and return the entries that were on it.

    Raises:
        ConfigError: It is not on the list.
        RegistryError: The list cannot be written.
    """
    wanted, listed = normalized(name), kept_disabled()
    found = [entry for entry in listed if wanted in (normalized(entry), normalized(entry).rpartition("/")[2])]
    if not found:
        known = f"; it has: {', '.join(listed)}" if listed else ", which is empty"
        raise ConfigError(
            f"{name!r} is not on the list of disabled plugins{known}",
            where=str(kept_list_path()),
            nearest=nearest_names(wanted, listed),
        )
    keep_disabled(entry for entry in listed if entry not in found)
    return found


def _entry_of(registry: Registry, name: str) -> str:
    components, plugins = registry.components(), registry.plugins()
    ids = {normalized(each.id) for each in components} | {normalized(each.id) for each in plugins}
    distributions = {each.distribution for each in plugins}
    if name in ids or name in distributions:
        return name
    found = sorted(entry for entry in ids if entry.rpartition("/")[2] == name)
    if len(found) > 1:
        raise AmbiguousComponent(
            f"{name!r} may mean {' or '.join(found)}", fix=f"Write the full id: chiasm plugins disable {found[0]}"
        )
    if not found:
        short = {entry.rpartition("/")[2] for entry in ids}
        raise UnknownComponent(
            f"no installed component, plugin or distribution is called {name!r}",
            nearest=nearest_names(name, short | ids | distributions),
            fix="'chiasm plugins list' shows what there is.",
        )
    return found[0]
