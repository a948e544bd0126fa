"""A plan for people and programs: what each step does, what the models weigh, what a query can be."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from chiasm.contracts.component import ModelInfo
from chiasm.media.modality import MODALITIES

if TYPE_CHECKING:
    from chiasm.plan.model import Plan


def plan_to_dict(plan: Plan) -> dict[str, Any]:
    """Return a plan as JSON values."""
    return {
        "fingerprint": plan.fingerprint,
        "fields": dict(plan.fields),
        "steps": [
            *(
                {"translate": list(step.sources), "to": step.target, "by": step.by.name, "id": step.by.id}
                for step in plan.translations
            ),
            *(
                {"encode": list(step.fields), "vector": step.vector, "by": step.by.name, "id": step.by.id,
                 "pool": step.pool}
                for step in plan.encodings
            ),
            *(
                {"fuse": list(step.fields), "to": step.target, "vector": step.vector, "by": step.by.name,
                 "id": step.by.id, "missing": step.missing,
                 "stand_ins": {name: list(names) for name, names in step.stand_ins.items()}}
                for step in plan.fusions
            ),
        ],
        "vectors": {name: space.to_payload() | {"fingerprint": space.fingerprint}
                    for name, space in plan.spaces.items()},
        "queries": {modality: ways for modality in query_modalities(plan) if (ways := list(_ways(plan, modality)))},
        "joining": _joining(plan),
        "components": {each.name: {"id": each.id, "runtime": runtime_of(each.component)} for each in plan.components},
        "models": [
            {"name": model.name, "revision": model.revision, "download_bytes": model.download_bytes,
             "memory_bytes": model.memory_bytes}
            for model in plan.models
        ],
        "store": plan.store.location,
        "notes": list(plan.notes),
    }  # fmt: skip


def plan_to_text(plan: Plan) -> str:
    """Return a plan as text."""
    lines = ["Index"]
    for translation in plan.translations:
        lines.append(f"  {', '.join(translation.sources)} -> {translation.target}   by {translation.by.name}")
    for encoding in plan.encodings:
        pooled = "" if encoding.pool == "none" else f", pooled: {encoding.pool}"
        lines.append(f"  {', '.join(encoding.fields)} => vector {encoding.vector}   by {encoding.by.name}{pooled}")
    for fusion in plan.fusions:
        lacking = "" if fusion.missing == "skip" else f", missing: {fusion.missing}"
        lines.append(f"  {' + '.join(fusion.fields)} => {fusion.target}   by {fusion.by.name}{lacking}")
        lines += [f"    without {name}: {', '.join(others)}" for name, others in fusion.stand_ins.items() if others]
    lines.append("Vectors")
    lines += [f"  {name}: {space}" for name, space in plan.spaces.items()]
    lines.append("Search by")
    for modality in query_modalities(plan):
        if ways := list(_ways(plan, modality)):
            lines.append(f"  {modality}: {'; '.join(ways)}")
    lines += [f"  {line}" for line in _joining(plan)]
    lines.append("Models")
    lines += [f"  {_model_line(model)}" for model in plan.models] or ["  none"]
    lines.append(f"  {_totals(plan.models)}")
    runtimes = {each.name: runtime_of(each.component) for each in plan.components}
    lines += ["Runtimes", *(f"  {name}: {runtime}" for name, runtime in runtimes.items() if runtime)]
    lines += [f"Note: {note}" for note in plan.notes]
    return "\n".join(lines)


def _joining(plan: Plan) -> list[str]:
    late, hybrid = type(plan.late).__name__, plan.hybrid
    lines = [f"joined by {late}, in {plan.store.location}"]
    if hybrid is not None:
        fields = f"{hybrid.joint} and its parts {', '.join(hybrid.parts)}"
        way = f"joined by {late}"
        if hybrid.fusion.candidates is not None:
            fields = (
                f"{hybrid.fusion.candidates} candidates by {hybrid.joint}, then its parts {', '.join(hybrid.parts)}"
            )
        lines = [f"{fields}, {way}   by {hybrid.by.name}, in {plan.store.location}"]
    return lines + [f"reranked   by {each.name}" for each in plan.rerankers]


def query_modalities(plan: Plan) -> tuple[str, ...]:
    """Return the modalities that a query may have, base modalities first."""
    taken = {each for step in plan.translations for each in step.translator.sources}
    taken |= {each for step in plan.encodings for each in step.encoder.consumes}
    return tuple(sorted(taken, key=lambda name: [*MODALITIES, name].index(name)))


def runtime_of(component: object) -> str:
    """Return what an encoder says of the runtime that it picked; empty where it has none."""
    runtime = getattr(component, "runtime", None)
    return str(runtime) if runtime is not None else ""


def human_bytes(count: int | None) -> str:
    """Return a number of bytes for people; ``unknown`` for ``None``.

    Example:
        >>> human_bytes(90_868_376)
        '91 MB'
    """
    if count is None:
        return "unknown"
    size, unit = float(count), "B"
    for unit in ("B", "kB", "MB", "GB"):  # noqa: B007
        if size < 999.5:
            break
        size /= 1000
    return f"{size:.0f} {unit}" if size >= 10 or unit == "B" else f"{size:.1f} {unit}"


def _ways(plan: Plan, modality: str) -> Iterator[str]:
    made = [("", {modality})] + [
        (f"{step.by.name} -> ", {step.translator.target})
        for step in plan.translations
        if modality in step.translator.sources and step.translator.target != modality
    ]
    seen = set()
    for through, modalities in made:
        for step in plan.encodings:
            way = f"{through}{step.by.name} in {step.vector}"
            if modalities & step.encoder.consumes and way not in seen:
                seen.add(way)
                yield way


def _model_line(model: ModelInfo) -> str:
    revision = f" @{model.revision[:12]}" if model.revision else ""
    fetch = "on this machine" if model.download_bytes == 0 else f"download {human_bytes(model.download_bytes)}"
    return f"{model.name}{revision}: {fetch}, memory {human_bytes(model.memory_bytes)}"


def _totals(models: tuple[ModelInfo, ...]) -> str:
    download = sum(model.download_bytes or 0 for model in models)
    memory = sum(model.memory_bytes or 0 for model in models)
    unknown = " and what is unknown" if any(None in (each.download_bytes, each.memory_bytes) for each in models) else ""
    return f"in all: download {human_bytes(download)}, memory {human_bytes(memory)}{unknown}"
