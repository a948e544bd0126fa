"""What the hub's client raises, told as what a user can do about it."""

from __future__ import annotations

from chiasm.errors import ModelUnavailable


def explain(error: Exception, model: str, revision: str | None) -> ModelUnavailable:
    """Return the error to raise in place of ``error``.

    Args:
        error: What the hub's client raised for ``model``.
        model: The model's id.
        revision: The revision asked for; ``None`` for the main branch.
    """
    from huggingface_hub import errors

    command = f"hf download {model}" + (f" --revision {revision}" if revision else "")
    match error:
        case errors.OfflineModeIsEnabled() | errors.LocalEntryNotFoundError() if _offline():
            return ModelUnavailable(
                "the model is not on this machine, and the network is switched off (HF_HUB_OFFLINE)",
                where=model,
                fix=f"Fetch it once where there is a network: '{command}'; or give the folder of a copy as 'model'; or "
                "use the preset 'starter', which needs no network.",
            )
        case errors.GatedRepoError():
            return ModelUnavailable(
                "the model asks its users to accept terms first",
                where=model,
                fix=f"Accept them on https://huggingface.co/{model}, then 'hf auth login'.",
            )
        case errors.RevisionNotFoundError():
            return ModelUnavailable(
                f"the model has no revision {revision!r}",
                where=model,
                fix=f"https://huggingface.co/{model}/commits/main lists its commits.",
            )
        case errors.RepositoryNotFoundError() | errors.HFValidationError():
            return ModelUnavailable(
                "the hub has no such model, or it is private, and there is no folder of that name",
                where=model,
                fix="Check the name; for a private model, 'hf auth login' first.",
            )
        case OSError(errno=28):
            return ModelUnavailable(
                "the disk is full",
                where=model,
                fix="Free some space, or set HF_HOME to a folder on a larger disk.",
            )
    reason = str(error).strip().partition("\n")[0] or type(error).__name__
    return ModelUnavailable(
        f"the model is not on this machine, and the hub cannot be reached ({type(error).__name__}: {reason})",
        where=model,
        fix=f"Check the network and run '{command}' once; or give the folder of a copy as 'model'.",
    )


def _offline() -> bool:
    from huggingface_hub import constants

    return bool(constants.HF_HUB_OFFLINE)
