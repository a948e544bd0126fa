"""Checks what a fuse step does about missing fields, and finds the fields that stand in for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from chiasm.config.model import Fuse
from chiasm.contracts.early_fusion import EarlyFusion
from chiasm.errors import ConfigError
from chiasm.plan.model import EncodeStep, TranslateStep


def missing_policy(
    step: Fuse,
    fusion: EarlyFusion[Any],
    inputs: Mapping[str, str],
    fields: Mapping[str, str],
    translations: Sequence[TranslateStep],
    encodings: Sequence[EncodeStep],
    where: str,
) -> dict[str, tuple[str, ...]]:
    """Return, by field, the fields that take its place; empty for every policy but ``translate``.

    Args:
        step: The step.
        fusion: Its fusion.
        inputs: Name of the vector taken from each field.
        fields: Modality by field.
        translations: Translate steps before it.
        encodings: Encode steps before it.
        where: The step's place.

    Raises:
        ConfigError: The fusion knows no means, or no translator makes anything in a field's place.
    """
    where = f"{where}.missing"
    if step.missing == "mean" and not set(inputs) <= set(fusion.means):
        raise ConfigError(
            "'mean' takes each field's mean in the data that the fusion was trained on, and this one was not trained",
            where=where,
            fix="Name a trained fusion with 'model', or choose 'skip', 'zero' or 'translate'.",
        )
    if step.missing != "translate":
        return {}
    made = dict.fromkeys(each.target for each in translations)
    stand_ins = {
        name: tuple(
            target
            for target in made
            if target not in inputs
            and fields[target] == fields[name]
            and any(target in each.fields and each.vector == vector for each in encodings)
        )
        for name, vector in inputs.items()
    }
    if not any(stand_ins.values()):
        spaces = ", ".join(f"{name!r} in {vector!r}" for name, vector in inputs.items())
        raise ConfigError(
            f"no translator makes a field that could stand in for {spaces}",
            where=where,
            fix="Add steps before that translate to a field and encode it with the same encoder, such as "
            "'translate: audio -> transcript' for 'text', or choose 'skip', 'zero' or 'mean'.",
        )
    return {name: others for name, others in stand_ins.items() if others}
