"""Speech to text: Whisper through CTranslate2, one segment a sentence, with the seconds in which it is said."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from chiasm.contracts import Component, ModelInfo, Translator
from chiasm.errors import ModelUnavailable, TranslationError, nearest_names
from chiasm.media import AUDIO, TEXT, VIDEO, Item, Provenance, TimeSpan
from chiasm.runtime.processor import usable_threads
from chiasm_plugins.translators.faster_whisper_params import FasterWhisperParams
from chiasm_plugins.translators.speech_segments import Sentence, Word, sentences, windows
from chiasm_plugins.translators.whisper_model import WhisperFiles, describe_whisper, fetch_whisper

if TYPE_CHECKING:
    from faster_whisper import WhisperModel

RATE = 16_000
"""Sample rate of Whisper's input, in Hz."""

CHUNK_SECONDS = 30
"""Length of Whisper's input."""

WINDOW_SECONDS = 1200.0
"""What is transcribed at once: five full batches of eight, and about 400 MB with all that is computed from it."""

# A chunk is taken for silence when the model thinks so and doubts its own words: section 4.5 of the Whisper paper.
NO_SPEECH_PROBABILITY = 0.6
DOUBTFUL_LOG_PROBABILITY = -1.0


class FasterWhisperTranslator(Translator[FasterWhisperParams]):
    """Transcribes a recording, or the track of a video, to one text item a sentence.

    Stretches with a voice are found first (Silero), packed into chunks of 30 seconds and decoded in batches without
    timestamp tokens, which costs the small models many words (measured with tiny.en: 3.5% word errors without them,
    9.0% with them). Times come from aligning the words afterwards, to about 0.2 seconds, and sentences are made from
    punctuation and pauses.

    Recordings without a voice, and videos without an audio track, give nothing. Decoded sound is held whole (230 MB
    an hour); what is computed from it is bounded by working in windows of 20 minutes, cut at quiet moments.

    Each item has ``span`` in seconds of the recording and provenance with the model's revision, the language, and as
    confidence the geometric mean of the words' probabilities.

    Example:
        >>> hearing = FasterWhisperTranslator(FasterWhisperParams())
        >>> [[segment]] = hearing.translate([Item.from_path("bread.wav")])  # doctest: +SKIP
        >>> segment.text(), str(segment.span)  # doctest: +SKIP
        ('Fresh bread needs flour, water, salt and a little patience.', '0:00-0:03')
    """

    def __init__(self, params: FasterWhisperParams, parts: Mapping[str, Component[Any]] | None = None) -> None:
        super().__init__(params, parts)
        self._model: WhisperModel | None = None
        self._files: WhisperFiles | None = None

    @property
    def sources(self) -> frozenset[str]:
        """Recordings, and videos for their audio track."""
        return frozenset({AUDIO, VIDEO})

    @property
    def target(self) -> str:
        """Text."""
        return TEXT

    def models(self) -> Sequence[ModelInfo]:
        """Return the Whisper model. The voice detector comes with faster-whisper."""
        return (describe_whisper(self.params.model, self.params.revision),)

    def load(self) -> None:
        """Bring the model into memory; nothing when it is there.

        Raises:
            ModelUnavailable: Its files are missing or damaged, or it does not know the language.
        """
        if self._model is not None:
            return
        from faster_whisper import WhisperModel

        files = fetch_whisper(self.params.model, self.params.revision)
        try:
            model = WhisperModel(
                str(files.folder),
                device=self.params.device,
                compute_type=self.params.compute_type,
                cpu_threads=self.params.threads or usable_threads(),
            )
        except (RuntimeError, ValueError, OSError) as error:
            raise ModelUnavailable(f"the model cannot be loaded ({error})", where=self.params.model) from error
        language = self.params.language
        if language is not None and language not in model.supported_languages:
            raise ModelUnavailable(
                f"the model does not know the language {language!r}",
                where=self.params.model,
                nearest=nearest_names(language, model.supported_languages),
            )
        self._model, self._files = model, files

    def close(self) -> None:
        """Let the model go."""
        self._model = self._files = None

    def stream(self, item: Item) -> Iterator[Item]:
        """Yield the sentences of a recording or video in order of time.

        Raises:
            MediaError: The item cannot be decoded.
            TranslationError: The model failed.
        """
        if item.modality == VIDEO and not item.video().has_audio:
            return
        samples = item.audio(RATE).samples
        language = self.params.language
        for offset, window in windows(samples, RATE, WINDOW_SECONDS):
            words, heard = self._recognize(window, language, item.name)
            if words:
                # A recording is in one language; the first window with speech tells which.
                language = heard
            for sentence in sentences(words):
                if sentence.text:
                    yield self._item(sentence, offset, item.modality, heard)

    def _recognize(self, samples: NDArray[np.float32], language: str | None, name: str) -> tuple[list[Word], str]:
        """Return the words of a window, their times from its start, and the language."""
        from faster_whisper import BatchedInferencePipeline

        assert self._model is not None, "load() is to be called first"
        spoken = {} if self.params.vad else {"clip_timestamps": _chunks(len(samples))}
        try:
            segments, info = BatchedInferencePipeline(self._model).transcribe(
                samples,
                language=language,
                beam_size=self.params.beam_size,
                batch_size=self.params.batch_size,
                vad_filter=self.params.vad,
                word_timestamps=True,
                **spoken,
            )
            return list(_words(segments)), info.language
        except (RuntimeError, ValueError) as error:
            raise TranslationError(f"speech could not be recognized ({error})", where=name) from error

    def _item(self, sentence: Sentence, offset: float, modality: str, language: str) -> Item:
        assert self._files is not None
        details: dict[str, Any] = {"language": language}
        if self.params.words:
            details["words"] = [
                [word.text.strip(), round(offset + word.start, 2), round(offset + word.end, 2)]
                for word in sentence.words
            ]
        return Item(
            TEXT,
            value=sentence.text,
            span=TimeSpan(round(offset + sentence.start, 3), round(offset + sentence.end, 3)),
            provenance=Provenance(
                "faster-whisper",
                revision=self._files.revision,
                source_modality=modality,
                confidence=sentence.confidence,
                details=details,
            ),
        )


def _words(segments: Iterable[Any]) -> Iterator[Word]:
    for segment in segments:
        if segment.no_speech_prob > NO_SPEECH_PROBABILITY and segment.avg_logprob < DOUBTFUL_LOG_PROBABILITY:
            continue
        for word in segment.words or ():
            yield Word(word.word, float(word.start), float(word.end), float(word.probability))


def _chunks(count: int) -> list[dict[str, float]]:
    """Return the start and end, in seconds, of every chunk of a window that is not searched for voices."""
    seconds = count / RATE
    starts = np.arange(0, seconds, CHUNK_SECONDS).tolist()
    return [{"start": start, "end": min(start + CHUNK_SECONDS, seconds)} for start in starts]
