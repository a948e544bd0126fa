"""Text and sound in one space: the vectors of transformers, and long recordings heard the same way every time."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from transformers import AutoFeatureExtractor, AutoTokenizer, ClapConfig, ClapFeatureExtractor

from chiasm.contracts import check_vectors
from chiasm.errors import ConfigError, EncodingError, ModelUnavailable, UnsupportedMedia
from chiasm.media import Item
from chiasm_plugins.encoders.clap import ClapEncoder
from chiasm_plugins.encoders.clap_params import ClapParams
from chiasm_plugins.encoders.dual_config import FAMILIES
from chiasm_plugins.encoders.sound_recipe import SoundRecipe

RATE = 48_000
TEXTS = ["the sound of waves", "Piano in an EMPTY hall", "", "thunder " * 300]

Reference = Callable[[Path], Any]


def tone(seconds: float, hertz: float) -> np.ndarray:
    times = np.arange(round(seconds * RATE)) / RATE
    noise = np.random.default_rng(5).standard_normal(len(times))
    return (0.3 * np.sin(2 * np.pi * hertz * times) + 0.02 * noise).astype(np.float32)


SOUNDS = [tone(1, 440), tone(0.4, 1000), tone(0.01, 3000), np.zeros(9000, dtype=np.float32), tone(0.99, 60)]
"""No longer than the tiny models hear at once, 1 second."""


def encoder_of(folder: Path, **params: object) -> ClapEncoder:
    usual = {"model": str(folder), "runtime": "torch", "dtype": "float32"}
    return ClapEncoder(ClapParams.model_validate(usual | params))


def expected(folder: Path, reference_model: Reference) -> np.ndarray:
    model, tokenizer = reference_model(folder), AutoTokenizer.from_pretrained(folder)
    extractor = AutoFeatureExtractor.from_pretrained(folder)
    rows = []
    with torch.inference_mode():
        for text in TEXTS:
            tokens = tokenizer(text, truncation=True, max_length=128, return_tensors="pt")
            rows.append(model.get_text_features(**tokens).pooler_output)
        for sound in SOUNDS:
            features = extractor(sound, sampling_rate=RATE, return_tensors="pt")["input_features"]
            rows.append(model.get_audio_features(features.float(), is_longer=torch.tensor([[False]])).pooler_output)
    return torch.nn.functional.normalize(torch.cat(rows)).numpy()


@pytest.mark.parametrize("name", ["clap_folder", "fused_clap_folder"])
def test_vectors_are_those_of_transformers(
    name: str, request: pytest.FixtureRequest, reference_model: Reference
) -> None:
    folder = request.getfixturevalue(name)
    encoder = encoder_of(folder)
    items = [*map(Item.of_text, TEXTS), *(Item.of_audio(sound, RATE) for sound in SOUNDS)]
    vectors = encoder.encode(items)
    check_vectors(vectors, len(items), encoder.space, name)
    np.testing.assert_allclose(vectors, expected(folder, reference_model), atol=1e-4)
    one_by_one = np.concatenate([encoder.encode([item]) for item in items])
    np.testing.assert_allclose(vectors, one_by_one, atol=1e-5)


def test_openvino_gives_the_same_vectors(clap_folder: Path, reference_model: Reference) -> None:
    items = [*map(Item.of_text, TEXTS), *(Item.of_audio(sound, RATE) for sound in SOUNDS)]
    vectors = encoder_of(clap_folder, runtime="openvino").encode(items)
    np.testing.assert_allclose(vectors, expected(clap_folder, reference_model), atol=1e-4)


@pytest.mark.parametrize("truncation", ["rand_trunc", "fusion"])
@pytest.mark.parametrize("padding", ["repeatpad", "repeat", "pad"])
def test_spectrograms_are_those_of_transformers(truncation: str, padding: str) -> None:
    extractor = ClapFeatureExtractor(truncation=truncation, padding=padding)
    recipe = SoundRecipe.from_config(extractor.to_dict())
    for sound in (tone(10, 700), tone(3.3, 90), np.zeros(70_000, dtype=np.float32), tone(0.001, 500)):
        theirs = extractor(sound, sampling_rate=RATE, return_tensors="np")["input_features"][0]
        ours = recipe.features(sound)
        assert ours.shape == theirs.shape
        assert ours.dtype == np.float32
        np.testing.assert_allclose(ours, theirs, atol=1e-4)


@pytest.mark.parametrize(
    ("seconds", "most", "starts"),
    [
        (0.5, 12, [0.0]),
        (1.0, 12, [0.0]),
        (1.5, 12, [0.0, 0.5]),
        (3.0, 12, [0.0, 1.0, 2.0]),
        (3.2, 12, [0.0, 2.2 / 3, 4.4 / 3, 2.2]),
        (100.0, 3, [0.0, 49.5, 99.0]),
        (100.0, 1, [0.0]),
    ],
)
def test_windows_cover_a_recording_or_are_spread_over_it(seconds: float, most: int, starts: list[float]) -> None:
    recipe = SoundRecipe(max_length_s=1)
    samples = np.arange(round(seconds * RATE), dtype=np.float32)
    windows = recipe.windows(samples, most)
    assert [window[0] / RATE for window in windows] == pytest.approx(starts, abs=1e-4)
    assert all(len(window) == min(len(samples), RATE) for window in windows)


def test_a_long_recording_is_the_mean_of_its_windows_and_always_the_same(clap_folder: Path) -> None:
    encoder = encoder_of(clap_folder, batch_windows=2)
    parts = [tone(1, 200), tone(1, 2000), tone(1, 6000)]
    whole = Item.of_audio(np.concatenate(parts), RATE)
    vectors = encoder.encode([whole, *(Item.of_audio(part, RATE) for part in parts), whole])
    assert isinstance(vectors, np.ndarray)
    mean = vectors[1:4].mean(axis=0)
    np.testing.assert_allclose(vectors[0], mean / np.linalg.norm(mean), atol=1e-5)
    np.testing.assert_allclose(vectors[0], vectors[4], atol=1e-6)


def test_no_more_windows_are_heard_than_asked_for(clap_folder: Path) -> None:
    encoder = encoder_of(clap_folder, max_windows=2)
    encoder.load()
    prepared = encoder.prepare(Item.of_audio(tone(5, 300), RATE))
    assert len(prepared.value.rows) == 2
    assert encoder.space != encoder_of(clap_folder).space


def test_sound_of_any_rate_is_resampled(clap_folder: Path) -> None:
    encoder = encoder_of(clap_folder)
    times = np.arange(16_000) / 16_000
    low = Item.of_audio((0.3 * np.sin(2 * np.pi * 440 * times)).astype(np.float32), 16_000)
    times = np.arange(RATE) / RATE
    high = Item.of_audio((0.3 * np.sin(2 * np.pi * 440 * times)).astype(np.float32), RATE)
    vectors = encoder.encode([low, high])
    assert isinstance(vectors, np.ndarray)
    assert vectors[0] @ vectors[1] > 0.99


def test_silence_has_a_vector_and_nothing_has_none(clap_folder: Path) -> None:
    encoder = encoder_of(clap_folder)
    vectors = encoder.encode([Item.of_audio(np.zeros(1, dtype=np.float32), RATE)])
    check_vectors(vectors, 1, encoder.space, "silence")
    with pytest.raises(EncodingError, match="no samples"):
        encoder.encode([Item.of_audio(np.zeros(0, dtype=np.float32), RATE)])


def test_many_threads_prepare_as_one_does(clap_folder: Path) -> None:
    encoder = encoder_of(clap_folder)
    encoder.load()
    items = [Item.of_audio(sound, RATE) for sound in SOUNDS] * 4 + [Item.of_text(text) for text in TEXTS] * 5
    with ThreadPoolExecutor(8) as pool:
        vectors = encoder.encode_prepared(list(pool.map(encoder.prepare, items)))
    np.testing.assert_allclose(vectors, encoder.encode(items), atol=1e-5)


def test_a_picture_is_refused(clap_folder: Path) -> None:
    with pytest.raises(UnsupportedMedia, match="image"):
        encoder_of(clap_folder).encode([Item.of_image(np.zeros((4, 4, 3), dtype=np.uint8))])


def test_the_space_says_how_sound_is_heard(clap_folder: Path, fused_clap_folder: Path) -> None:
    space = encoder_of(clap_folder).space
    assert space.dim == 24
    for part in ("48000 Hz", "windows of 1 s", "16 slaney mel bands", "12 windows at most"):
        assert part in space.preprocessing
    assert "16 htk mel bands" in encoder_of(fused_clap_folder).space.preprocessing
    assert encoder_of(clap_folder).consumes == {"text", "audio"}


def test_onnx_for_a_model_that_fuses_views_is_refused_before_it_is_loaded(fused_clap_folder: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be exported to ONNX"):
        _ = encoder_of(fused_clap_folder, runtime="onnxruntime").runtime


def test_a_model_of_pictures_is_refused(clip_folder: Path) -> None:
    with pytest.raises(ModelUnavailable, match="of type 'clip' has no towers for text and audio"):
        _ = encoder_of(clip_folder).space


def test_a_missing_feature_extractor_is_named(clap_folder: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(clap_folder, tmp_path / clap_folder.name)
    settings = json.loads((copy / "preprocessor_config.json").read_text())
    (copy / "preprocessor_config.json").unlink()
    with pytest.raises(ModelUnavailable, match=r"preprocessor_config\.json"):
        encoder_of(copy).load()
    (copy / "processor_config.json").write_text(json.dumps({"feature_extractor": settings}))
    assert encoder_of(copy).space == encoder_of(clap_folder).space


def test_defaults_are_those_of_transformers() -> None:
    config, family = ClapConfig(), FAMILIES["clap"]
    assert config.projection_dim == family.dim
    assert config.text_config.max_position_embeddings == family.tokens + family.reserved
    recipe, settings = SoundRecipe(), ClapFeatureExtractor().to_dict()
    assert all(getattr(recipe, name) == settings[name] for name in SoundRecipe.__dataclass_fields__)
