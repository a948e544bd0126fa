"""The built-in translators, described; their code is imported when a pipeline uses them."""

from __future__ import annotations

from collections.abc import Sequence

from chiasm_registry import ComponentSpec, hookimpl

FASTER_WHISPER = ComponentSpec(
    kind="translator",
    name="faster-whisper",
    target="chiasm_plugins.translators.faster_whisper:FasterWhisperTranslator",
    params="chiasm_plugins.translators.faster_whisper_params:FasterWhisperParams",
    summary="Speech in a recording or video to text segments with times (Whisper through CTranslate2).",
    consumes=("audio", "video"),
    produces=("text",),
    requires=("faster_whisper",),
    install_hint="pip install 'chiasm[audio]'",
)

FRAMES = ComponentSpec(
    kind="translator",
    name="frames",
    target="chiasm_plugins.translators.frames:FramesTranslator",
    params="chiasm_plugins.translators.frames_params:FramesParams",
    summary="A video to pictures of it, each with its time.",
    consumes=("video",),
    produces=("image",),
)

PASSAGES = ComponentSpec(
    kind="translator",
    name="passages",
    target="chiasm_plugins.translators.passages:PassagesTranslator",
    params="chiasm_plugins.translators.passages_params:PassagesParams",
    summary="A long text to passages of a length that an encoder reads whole.",
    consumes=("text",),
    produces=("text",),
)


@hookimpl
def chiasm_components() -> Sequence[ComponentSpec]:
    """Return the translators of this distribution."""
    return (FASTER_WHISPER, FRAMES, PASSAGES)
