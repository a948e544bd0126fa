"""Words into sentences, and long recordings into windows cut at quiet moments."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chiasm_plugins.translators.speech_segments import Sentence, Word, sentences, windows


def say(text: str, start: float = 0.0, pause: float = 0.05) -> list[Word]:
    words = []
    for word in text.split():
        words.append(Word(f" {word}", start, start + 0.3, 0.9))
        start += 0.3 + pause
    return words


def texts(words: list[Word]) -> list[str]:
    return [sentence.text for sentence in sentences(words)]


@given(st.text(alphabet="ab.?! ", max_size=80))
def test_every_word_comes_out_once_and_in_order(text):
    words = say(text)
    assert [word for sentence in sentences(words) for word in sentence.words] == words


def test_a_sentence_ends_at_its_punctuation():
    assert texts(say("The train left early. Nobody was there! Was it late?")) == [
        "The train left early.",
        "Nobody was there!",
        "Was it late?",
    ]


def test_a_quotation_mark_after_the_full_stop_does_not_hide_it():
    assert texts(say('He called "come back now." Nobody did so.')) == ['He called "come back now."', "Nobody did so."]


def test_an_abbreviation_at_the_start_ends_nothing():
    assert texts(say("Dr. Jones was late.")) == ["Dr. Jones was late."]


def test_a_long_pause_ends_a_sentence_without_punctuation():
    assert texts(say("first of all") + say("and then", start=4.0)) == ["first of all", "and then"]


def test_a_sentence_spans_from_its_first_word_to_its_last_with_their_mean_confidence():
    sentence = Sentence([Word(" Hello", 1.0, 1.4, 0.5), Word(" you.", 1.5, 2.0, 0.98)])
    assert (sentence.start, sentence.end) == (1.0, 2.0)
    assert sentence.confidence == pytest.approx((0.5 * 0.98) ** 0.5)


@given(st.integers(0, 400), st.integers(0, 2**32 - 1))
def test_windows_cover_a_recording_without_gap_or_overlap(seconds, seed):
    rate = 100
    samples = np.random.default_rng(seed).normal(size=seconds * rate).astype(np.float32)
    cut = list(windows(samples, rate, longest_seconds=90))
    np.testing.assert_array_equal(np.concatenate([window for _, window in cut]), samples)
    assert all(len(window) <= 90 * rate for _, window in cut)
    starts = np.cumsum([0] + [len(window) for _, window in cut[:-1]]) / rate
    assert [start for start, _ in cut] == pytest.approx(starts.tolist())


def test_a_window_is_cut_in_the_silence_near_its_end():
    rate = 1000
    samples = np.ones(100 * rate, np.float32)
    samples[75 * rate : 76 * rate] = 0
    (_, first), (start, _) = windows(samples, rate, longest_seconds=90)
    assert 75 <= start <= 76
    assert len(first) == pytest.approx(start * rate)
