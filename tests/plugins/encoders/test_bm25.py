"""BM25: words, weights and identity of the sparse vectors, against an own computation and rank_bm25."""

from __future__ import annotations

import math
import re
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from py_rust_stemmers import SnowballStemmer
from pydantic import ValidationError
from rank_bm25 import BM25Okapi

from chiasm.contracts import SparseVector, check_vectors
from chiasm.media import Item
from chiasm_plugins.encoders.bm25 import Bm25Encoder
from chiasm_plugins.encoders.bm25_params import Bm25Params

TEXTS = [
    "Dogs chase cats; the dog that barks never bites another dog.",
    "A photograph of wet streets, taken while rain fell on the city.",
    "Rain, rain, rain: it rained so long that streets became rivers, and rivers became lakes.",
]


def encode(text: str, role: str = "document", **params: object) -> SparseVector:
    encoder = Bm25Encoder(Bm25Params.model_validate(params))
    [vector] = encoder.encode([Item.of_text(text)], role)  # type: ignore[arg-type]
    assert isinstance(vector, SparseVector)
    return vector


def weights(vector: SparseVector) -> dict[int, float]:
    return dict(zip(vector.indices.tolist(), vector.values.tolist(), strict=True))


def murmur3(text: str) -> int:
    """MurmurHash3 x86 32, seed 0, by its published description; the index is its absolute value as a signed number."""
    data, h, mask = text.encode(), 0, 0xFFFFFFFF

    def mixed(k: int) -> int:
        k = k * 0xCC9E2D51 & mask
        return (k << 15 | k >> 17) * 0x1B873593 & mask

    for at in range(0, len(data) // 4 * 4, 4):
        h ^= mixed(int.from_bytes(data[at : at + 4], "little"))
        h = ((h << 13 | h >> 19) * 5 + 0xE6546B64) & mask
    if tail := data[len(data) // 4 * 4 :]:
        h ^= mixed(int.from_bytes(tail, "little"))
    h ^= len(data)
    h = (h ^ h >> 16) * 0x85EBCA6B & mask
    h = (h ^ h >> 13) * 0xC2B2AE35 & mask
    h ^= h >> 16
    return abs(h - (1 << 32) if h >> 31 else h)


def stems(text: str) -> list[str]:
    stemmer = SnowballStemmer("english")
    return [stemmer.stem_word(word) for word in re.findall(r"[^\W_]+", text.lower())]


@pytest.mark.parametrize("text", TEXTS)
def test_document_weights_are_the_term_frequency_part_of_bm25(text: str) -> None:
    words = stems(text)
    expected = {}
    for word in set(words):
        tf = words.count(word)
        expected[murmur3(word)] = tf * 2.2 / (tf + 1.2 * (1 - 0.75 + 0.75 * len(words) / 256))
    assert weights(encode(text, stop_words=[])) == pytest.approx(expected, abs=1e-6)


def test_scores_agree_with_rank_bm25_where_every_word_is_equally_rare() -> None:
    reference = BM25Okapi([stems(text) for text in TEXTS], k1=1.5, b=0.5)
    reference.idf = dict.fromkeys(reference.idf, 1.0)
    expected = reference.get_scores(stems("rain on rivers"))
    params = {"stop_words": [], "k1": 1.5, "b": 0.5, "average_length": reference.avgdl}
    query = weights(encode("rain on rivers", "query", **params))
    documents = [weights(encode(text, **params)) for text in TEXTS]
    scores = [sum(value * document.get(index, 0.0) for index, value in query.items()) for document in documents]
    assert scores == pytest.approx(expected.tolist(), abs=1e-6)


def test_a_query_weighs_each_of_its_words_once() -> None:
    vector = encode("rain rain dogs", "query")
    assert vector.values.tolist() == [1.0, 1.0]
    assert set(vector.indices.tolist()) == {murmur3("rain"), murmur3("dog")}


def test_word_numbers_never_change() -> None:
    assert weights(encode("dog", "query")) == {1312749093: 1.0}
    assert weights(encode("日本", "query")) == {murmur3("日本"): 1.0}


def test_stop_words_do_not_count_towards_length() -> None:
    assert weights(encode("the dog of the house")) == weights(encode("dog house"))


@pytest.mark.parametrize("text", ["", "the of and", " \n\t", "!?", "\x00"])
def test_a_text_without_words_gives_an_empty_vector(text: str) -> None:
    vector = encode(text)
    assert vector.indices.dtype == np.uint32
    assert vector.values.dtype == np.float32
    assert len(vector.indices) == len(vector.values) == 0


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("cafe\u0301", "caf\u00e9"),
        ("\ufb01sh", "fish"),
        ("\uff24\uff2f\uff27", "dog"),
        ("dog\ud800cat", "dog cat"),
        ("DOGS", "dog"),
    ],
)
def test_ways_to_write_the_same_words_are_the_same(left: str, right: str) -> None:
    assert weights(encode(left)) == weights(encode(right))


def test_languages_have_their_own_stems_and_stop_words() -> None:
    assert weights(encode("die Häuser", language="german")) == weights(encode("Haus", language="german"))
    assert weights(encode("the running", language="none")).keys() == {murmur3("the"), murmur3("running")}
    assert weights(encode("the running", stemming=False)).keys() == {murmur3("running")}


def test_own_stop_words_replace_those_of_the_language() -> None:
    assert weights(encode("the Dog", stop_words=["DOG"])).keys() == {murmur3("the")}


def test_accents_are_folded_on_request() -> None:
    assert weights(encode("café", fold_accents=True)) == weights(encode("cafe", fold_accents=True))
    assert weights(encode("café")) != weights(encode("cafe"))


def test_words_are_found_where_a_script_has_no_spaces() -> None:
    assert len(encode("我爱北京天安门", language="chinese").indices) > 1
    assert len(encode("我爱北京天安门", language="chinese", tokenizer="word").indices) == 1


def test_every_param_that_changes_vectors_changes_the_space() -> None:
    changes: list[dict[str, object]] = [
        {}, {"language": "german"}, {"stop_words": []}, {"stop_words": ["dog"]}, {"stemming": False},
        {"tokenizer": "multilingual"}, {"fold_accents": True}, {"k1": 1.5}, {"b": 0.5}, {"average_length": 100},
    ]  # fmt: skip
    spaces = [Bm25Encoder(Bm25Params.model_validate(change)).space for change in changes]
    assert len({space.fingerprint for space in spaces}) == len(changes)
    assert {(space.kind, space.metric, space.dim, space.model) for space in spaces} == {("sparse", "dot", 0, "bm25")}
    same = Bm25Encoder(Bm25Params(stop_words=("b", "A"))).space
    assert same == Bm25Encoder(Bm25Params(stop_words=("a", "b", "a"))).space


@pytest.mark.parametrize(
    "bad", [{"k1": -1}, {"b": 2}, {"average_length": 0}, {"k1": math.inf}, {"language": "klingon"}]
)
def test_params_out_of_range_are_refused(bad: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Bm25Params.model_validate(bad)


def test_many_threads_prepare_as_one_does() -> None:
    encoder = Bm25Encoder(Bm25Params())
    encoder.load()
    items = [Item.of_text(f"{text} number {n}") for n in range(50) for text in TEXTS]
    with ThreadPoolExecutor(4) as pool:
        vectors = encoder.encode_prepared(list(pool.map(encoder.prepare, items)))
    check_vectors(vectors, len(items), encoder.space, "bm25")
    for vector, expected in zip(vectors, encoder.encode(items), strict=True):
        assert weights(vector) == weights(expected)
    encoder.close()
    assert encoder.encode([]) == []


def test_word_numbers_are_each_given_once_and_sums_stay_finite() -> None:
    vector = encode(" ".join(f"word{n % 700}" for n in range(100_000)))
    assert len(set(vector.indices.tolist())) == len(vector.indices) == 700
    assert math.isfinite(float(vector.values.sum()))
