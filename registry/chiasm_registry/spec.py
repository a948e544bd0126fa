"""What a plugin says of a component it offers: a light description that imports nothing heavy."""

from __future__ import annotations

from dataclasses import dataclass

API_VERSION = 1
"""Version of the plugin contracts that this chiasm speaks."""


@dataclass(frozen=True, slots=True)
class ComponentSpec:
    """One component, described by strings so that listing it imports none of its code.

    Attributes:
        kind: ``"encoder"``, ``"fusion"``, ``"translator"``, ``"store"``, ``"loader"``, ``"reranker"`` or ``"engine"``.
        name: Short name used in configurations, for example ``"clip"``.
        target: ``"package.module:Class"``, imported on first use.
        summary: One line, shown by ``chiasm plugins list``.
        params: ``"package.module:Params"``, a pydantic model importable without heavy packages; ``None`` for no params.
        consumes: Modalities taken in.
        produces: Modalities, vector kinds or fusion stage (``"early"``, ``"late"``, both for a hybrid) given out.
        suffixes: Of a loader: ends of file names, such as ``".csv"``, by which files of its media type are known where
            their first bytes say no more than that they are text, an archive or unknown.
        requires: Modules that must be importable; probed without importing them.
        install_hint: Command that brings the required modules, for example ``pip install 'chiasm[vision]'``.
        api: Version of the contract that the component implements.
    """

    kind: str
    name: str
    target: str
    summary: str
    params: str | None = None
    consumes: tuple[str, ...] = ()
    produces: tuple[str, ...] = ()
    requires: tuple[str, ...] = ()
    install_hint: str | None = None
    api: int = API_VERSION
    suffixes: tuple[str, ...] = ()
