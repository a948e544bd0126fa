"""The loader of recordings."""

from __future__ import annotations

from chiasm.contracts import Loader, LoaderParams
from chiasm.media import AUDIO, Audio, Source, Want
from chiasm_plugins.loaders.libav import opened
from chiasm_plugins.loaders.sound import decode_sound


class AudioLoader(Loader[LoaderParams]):
    """Decodes WAV, AIFF, FLAC, Ogg (Vorbis, Opus, FLAC), MP3, M4A, AAC and Matroska or WebM sound."""

    modality = AUDIO

    def decode(self, source: Source, want: Want) -> Audio:
        """Return the sound as one channel of float32 in [-1, 1], at ``want.rate`` Hz or its own rate."""
        with opened(source, self.params.limits) as container:
            return decode_sound(container, want.rate, self.params.limits, source.name)
