"""What the exit code of a command says."""

from __future__ import annotations

OK = 0
DOCUMENTS_FAILED = 1
USAGE = 2
STORE = 3
UNAVAILABLE = 4
FAULT = 70
INTERRUPTED = 130
BROKEN_PIPE = 141

MEANINGS = {
    OK: "done",
    DOCUMENTS_FAILED: "some documents failed, or 'plugins doctor' found a fault",
    USAGE: "wrong usage, configuration or query",
    STORE: "the store refused or failed",
    UNAVAILABLE: "a model, plugin or package is not available, or failed",
    FAULT: "a fault in chiasm or a plugin",
    INTERRUPTED: "interrupted",
}


def exit_code_of(error: Exception) -> int:
    """Return the exit code for an error that ended a command."""
    from chiasm import errors

    if isinstance(error, errors.StoreError | errors.SpaceMismatch):
        return STORE
    unavailable = (
        errors.ModelUnavailable,
        errors.UnusableComponent,
        errors.EncodingError,
        errors.TranslationError,
    )
    return UNAVAILABLE if isinstance(error, unavailable) else USAGE
