"""Text and images in one space: the vectors of transformers, whatever the batch, the thread or the runtime."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from pydantic import ValidationError
from safetensors.torch import load_file, save_file
from transformers import AutoConfig, AutoImageProcessor, AutoTokenizer, BertConfig, CLIPImageProcessor

from chiasm.contracts import Loader, LoaderParams, check_vectors
from chiasm.errors import ConfigError, ModelUnavailable, UnreadableMedia
from chiasm.media import IMAGE, Item, Source, Want
from chiasm_plugins.encoders.clip import ClipEncoder
from chiasm_plugins.encoders.clip_params import ClipParams
from chiasm_plugins.encoders.dual_config import FAMILIES
from chiasm_plugins.encoders.dual_towers import TextTower, build_tower
from chiasm_plugins.encoders.hub import resolve_model
from chiasm_plugins.encoders.image_recipe import common_recipe

TEXTS = ["a dog runs through the rain", "TWO CATS on a sofa", "", "ein Hund", "waves, wind and thunder " * 40]
FOLDERS = ["clip_folder", "siglip_folder", "siglip2_fixed_folder", "siglip2_naflex_folder", "align_folder"]

Reference = Callable[[Path], Any]


def encoder_of(folder: Path, **params: object) -> ClipEncoder:
    return ClipEncoder(
        ClipParams.model_validate({"model": str(folder), "runtime": "torch", "dtype": "float32"} | params)
    )


def items_of(pictures: list[np.ndarray]) -> list[Item]:
    return [*map(Item.of_text, TEXTS), *map(Item.of_image, pictures)]


def expected(folder: Path, reference_model: Reference, pictures: list[np.ndarray]) -> np.ndarray:
    """Return unit vectors of the texts, then of the pictures, one at a time by transformers' own classes."""
    model, tokenizer = reference_model(folder), AutoTokenizer.from_pretrained(folder)
    processor = AutoImageProcessor.from_pretrained(folder, backend="pil")
    filled = model.config.model_type.startswith("siglip")
    length = min(model.config.text_config.max_position_embeddings, FAMILIES[model.config.model_type].tokens)
    rows = []
    with torch.inference_mode():
        for text in TEXTS:
            padding = "max_length" if filled else False
            tokens = tokenizer(text, padding=padding, truncation=True, max_length=length, return_tensors="pt")
            inputs = {"input_ids": tokens["input_ids"]} if filled else dict(tokens)
            rows.append(model.get_text_features(**inputs).pooler_output)
        for picture in pictures:
            inputs = processor(images=picture, input_data_format="channels_last", return_tensors="pt")
            rows.append(model.get_image_features(**inputs).pooler_output)
    return torch.nn.functional.normalize(torch.cat(rows)).numpy()


@pytest.mark.parametrize("name", FOLDERS)
def test_vectors_are_those_of_transformers(
    name: str, request: pytest.FixtureRequest, reference_model: Reference, pictures: list[np.ndarray]
) -> None:
    folder = request.getfixturevalue(name)
    encoder = encoder_of(folder)
    vectors = encoder.encode(items_of(pictures))
    check_vectors(vectors, len(TEXTS) + len(pictures), encoder.space, name)
    np.testing.assert_allclose(vectors, expected(folder, reference_model, pictures), atol=1e-4)


@pytest.mark.parametrize("name", ["clip_folder", "siglip_folder", "siglip2_naflex_folder"])
def test_a_vector_does_not_depend_on_its_batch(
    name: str, request: pytest.FixtureRequest, pictures: list[np.ndarray]
) -> None:
    encoder = encoder_of(request.getfixturevalue(name), batch_tokens=40, batch_images=4)
    items = items_of(pictures)
    together = encoder.encode(items)
    np.testing.assert_allclose(together, np.concatenate([encoder.encode([item]) for item in items]), atol=1e-5)
    np.testing.assert_allclose(together[::-1], encoder.encode(items[::-1]), atol=1e-5)


def test_openvino_gives_the_same_vectors_and_a_later_query_needs_no_torch(
    clip_folder: Path, reference_model: Reference, pictures: list[np.ndarray]
) -> None:
    vectors = encoder_of(clip_folder, runtime="openvino").encode(items_of(pictures))
    reference = expected(clip_folder, reference_model, pictures)
    np.testing.assert_allclose(vectors, reference, atol=1e-4)
    code = (
        "import sys\n"
        "from chiasm.media import Item\n"
        "from chiasm_plugins.encoders.clip import ClipEncoder\n"
        "from chiasm_plugins.encoders.clip_params import ClipParams\n"
        f"params = ClipParams(model={str(clip_folder)!r}, runtime='openvino', dtype='float32')\n"
        f"print(ClipEncoder(params).encode([Item.of_text({TEXTS[0]!r})], 'query')[0].tolist())\n"
        "print('torch' in sys.modules, 'transformers' in sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    vector, modules = done.stdout.strip().splitlines()
    assert modules == "False False"
    np.testing.assert_allclose(json.loads(vector), reference[0], atol=1e-4)


def test_bfloat16_stays_close_to_float32(clip_folder: Path, pictures: list[np.ndarray]) -> None:
    exact = encoder_of(clip_folder).encode(items_of(pictures))
    fast = encoder_of(clip_folder, dtype="bfloat16").encode(items_of(pictures))
    assert isinstance(exact, np.ndarray)
    assert isinstance(fast, np.ndarray)
    assert (exact * fast).sum(axis=1).min() > 0.9995


def test_many_threads_prepare_as_one_does(siglip_folder: Path, pictures: list[np.ndarray]) -> None:
    encoder = encoder_of(siglip_folder)
    encoder.load()
    items = items_of(pictures) * 10
    with ThreadPoolExecutor(8) as pool:
        vectors = encoder.encode_prepared(list(pool.map(encoder.prepare, items)))
    np.testing.assert_allclose(vectors, np.tile(encoder.encode(items[: len(items) // 10]), (10, 1)), atol=1e-5)


def test_no_items_give_no_vectors_of_the_right_size(clip_folder: Path) -> None:
    encoder = encoder_of(clip_folder)
    vectors = encoder.encode([])
    assert isinstance(vectors, np.ndarray)
    assert vectors.shape == (0, encoder.space.dim)
    assert vectors.dtype == np.float32


def test_a_closed_encoder_loads_again(clip_folder: Path) -> None:
    encoder = encoder_of(clip_folder)
    before = encoder.encode([Item.of_text("a dog")])
    encoder.close()
    np.testing.assert_array_equal(before, encoder.encode([Item.of_text("a dog")]))


def test_the_space_is_known_before_the_weights_are_read_and_names_all_that_matters(clip_folder: Path) -> None:
    encoder = encoder_of(clip_folder)
    space = encoder.space
    assert (space.dim, space.metric, space.kind, space.normalization) == (24, "cosine", "dense", "l2")
    assert space.revision == resolve_model(str(clip_folder)).revision
    for part in ("shorter side to 32", "bicubic", "middle 32 x 32", "77 tokens"):
        assert part in space.preprocessing
    assert encoder.consumes == {"text", "image"}
    [info] = encoder.models()
    assert info.download_bytes == 0


def test_a_copy_of_the_model_elsewhere_has_the_same_space(clip_folder: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(clip_folder, tmp_path / clip_folder.name)
    assert encoder_of(copy).space == encoder_of(clip_folder).space


def test_speed_does_not_change_the_space(clip_folder: Path) -> None:
    fast = encoder_of(clip_folder, dtype="bfloat16", batch_images=2, batch_tokens=9, threads=1)
    assert fast.space == encoder_of(clip_folder).space


def test_a_tower_holds_no_weights_of_the_other(clip_folder: Path) -> None:
    example = {"input_ids": np.ones((2, 4), dtype=np.int64), "attention_mask": np.ones((2, 4), dtype=np.int64)}
    tower = build_tower(resolve_model(str(clip_folder)), TextTower, example, 24)
    names = {name.split(".")[1] for name, _ in tower.named_parameters()}
    assert names == {"text_model", "text_projection", "logit_scale"}


class RecordingLoader(Loader[LoaderParams]):
    """Stands in for a loader of picture files, to see what it is asked for."""

    modality = IMAGE

    def __init__(self, pixels: np.ndarray | None) -> None:
        super().__init__(LoaderParams())
        self.pixels = pixels
        self.wanted: list[Want] = []

    def decode(self, source: Source, want: Want) -> np.ndarray:
        self.wanted.append(want)
        if self.pixels is None:
            raise UnreadableMedia("the picture is cut off", where=source.name)
        return self.pixels


@pytest.mark.parametrize(("name", "side"), [("clip_folder", 32), ("siglip_folder", 48), ("siglip2_naflex_folder", 64)])
def test_a_picture_is_decoded_no_larger_than_the_model_needs(
    name: str, side: int, request: pytest.FixtureRequest, pictures: list[np.ndarray]
) -> None:
    loader = RecordingLoader(pictures[0])
    encoder_of(request.getfixturevalue(name)).encode([Item(IMAGE, source=Source(data=b"x"), loader=loader)])
    assert loader.wanted == [Want(min_side=side)]


def test_a_picture_that_cannot_be_decoded_is_told_as_such(clip_folder: Path) -> None:
    broken = Item(IMAGE, source=Source(data=b"x", name="holiday.jpg"), loader=RecordingLoader(None))
    with pytest.raises(UnreadableMedia, match=r"holiday\.jpg"):
        encoder_of(clip_folder).encode([broken])


@pytest.mark.parametrize("shape", [(1, 1), (1, 300), (300, 1), (31, 33), (32, 32), (33, 500), (257, 255), (64, 48)])
@pytest.mark.parametrize("resample", [2, 3])
def test_the_common_recipe_gives_the_pixels_of_transformers(shape: tuple[int, int], resample: int) -> None:
    pixels = np.random.default_rng(1).integers(0, 256, (*shape, 3), dtype=np.uint8)
    processor = CLIPImageProcessor(size={"shortest_edge": 32}, crop_size={"height": 32, "width": 32}, resample=resample)
    recipe = common_recipe(processor.to_dict())
    assert recipe is not None
    ours = recipe.prepare(pixels)["pixels"]
    theirs = processor(
        images=pixels, do_rescale=False, do_normalize=False, input_data_format="channels_last", return_tensors="np"
    )["pixel_values"][0]
    # Only the middle of a panorama is computed, and rounded on its own.
    differences = np.abs(ours.astype(int) - theirs)
    assert differences.max() <= (max(shape) > 8 * min(shape))
    scaled = ours * np.reshape(recipe.scale, (3, 1, 1)) + np.reshape(recipe.shift, (3, 1, 1))
    theirs = processor(images=pixels, input_data_format="channels_last", return_tensors="np")["pixel_values"][0]
    np.testing.assert_allclose(scaled, theirs, atol=max(recipe.scale) * differences.max() + 1e-5)


def test_old_and_fast_forms_of_a_configuration_are_the_same_recipe() -> None:
    usual = common_recipe({"image_processor_type": "CLIPImageProcessor"})
    assert usual is not None
    assert usual.shape == (224, 224)
    assert usual == common_recipe({"feature_extractor_type": "CLIPFeatureExtractor", "size": 224, "crop_size": 224})
    assert usual == common_recipe({"image_processor_type": "CLIPImageProcessorFast", "do_convert_rgb": True})


@pytest.mark.parametrize(
    "config",
    [
        {"image_processor_type": "EfficientNetImageProcessor"},
        {"image_processor_type": "CLIPImageProcessor", "do_pad": True},
        {"image_processor_type": "CLIPImageProcessor", "do_resize": False},
        {"image_processor_type": "CLIPImageProcessor", "do_center_crop": False},
        {"image_processor_type": "CLIPImageProcessor", "size": {"shortest_edge": 32}},
        {"image_processor_type": "SiglipImageProcessor", "size": {"longest_edge": 32}},
        {"image_processor_type": "SiglipImageProcessor", "image_mean": [0.5]},
        {},
    ],
)
def test_any_other_recipe_is_left_to_transformers(config: dict[str, object]) -> None:
    assert common_recipe(config) is None


def test_models_prepared_by_transformers_run_by_torch_alone(siglip2_naflex_folder: Path) -> None:
    assert encoder_of(siglip2_naflex_folder, runtime="auto").runtime.runtime == "torch"
    with pytest.raises(ConfigError, match="only torch runs siglip2 models"):
        _ = encoder_of(siglip2_naflex_folder, runtime="openvino").runtime


def test_an_image_processor_kept_in_processor_config_is_found(clip_folder: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(clip_folder, tmp_path / clip_folder.name)
    settings = json.loads((copy / "preprocessor_config.json").read_text())
    (copy / "preprocessor_config.json").unlink()
    (copy / "processor_config.json").write_text(json.dumps({"image_processor": settings}))
    assert encoder_of(copy).space == encoder_of(clip_folder).space
    encoder_of(copy).load()


def test_a_missing_image_processor_is_named(clip_folder: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(clip_folder, tmp_path / "copy")
    (copy / "preprocessor_config.json").unlink()
    with pytest.raises(ModelUnavailable, match=r"preprocessor_config\.json"):
        encoder_of(copy).load()


def test_siglip_with_its_own_tokenizer_class_uses_tokenizer_json(siglip_folder: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(siglip_folder, tmp_path / siglip_folder.name)
    settings = json.loads((copy / "tokenizer_config.json").read_text())
    (copy / "tokenizer_config.json").write_text(json.dumps(settings | {"tokenizer_class": "SiglipTokenizer"}))
    texts = [Item.of_text(text) for text in TEXTS]
    np.testing.assert_allclose(encoder_of(copy).encode(texts), encoder_of(siglip_folder).encode(texts), atol=1e-6)
    (copy / "tokenizer.json").rename(copy / "spiece.model")
    with pytest.raises(ModelUnavailable, match="SentencePiece only"):
        encoder_of(copy).encode(texts)


def test_a_model_without_an_image_tower_is_refused_before_it_is_loaded(tmp_path: Path) -> None:
    BertConfig(hidden_size=8, num_hidden_layers=1, num_attention_heads=1).save_pretrained(tmp_path)
    with pytest.raises(ModelUnavailable, match="of type 'bert' has no towers for text and vision"):
        _ = encoder_of(tmp_path).space


def test_a_model_of_a_type_that_nobody_knows_is_refused(clip_folder: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(clip_folder, tmp_path / "copy")
    (copy / "config.json").write_text(json.dumps({"model_type": "klip"}))
    with pytest.raises(ModelUnavailable, match="klip"):
        _ = encoder_of(copy).space


def test_weights_that_lack_a_tower_are_refused(clip_folder: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(clip_folder, tmp_path / "copy")
    weights = load_file(copy / "model.safetensors")
    text = {name: tensor for name, tensor in weights.items() if name.startswith("text")}
    save_file(text, copy / "model.safetensors", {"format": "pt"})
    with pytest.raises(ModelUnavailable, match="weights lack"):
        encoder_of(copy).encode([Item.of_text("a dog")])


def test_weights_of_another_size_are_refused(clip_folder: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(clip_folder, tmp_path / "copy")
    config = json.loads((copy / "config.json").read_text())
    (copy / "config.json").write_text(json.dumps(config | {"projection_dim": 20}))
    with pytest.raises(ModelUnavailable):
        encoder_of(copy).encode([Item.of_text("a dog")])


def test_code_that_a_model_brings_is_not_run(clip_folder: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(clip_folder, tmp_path / "copy")
    witness = tmp_path / "was run"
    (copy / "evil.py").write_text(f"open({str(witness)!r}, 'w').close()\nclass Evil: pass\n")
    config = json.loads((copy / "config.json").read_text())
    config |= {"model_type": "evil", "auto_map": {"AutoConfig": "evil.Evil", "AutoModel": "evil.Evil"}}
    (copy / "config.json").write_text(json.dumps(config))
    with pytest.raises(ModelUnavailable):
        encoder_of(copy).encode([Item.of_text("a dog")])
    assert not witness.exists()


@pytest.mark.parametrize("model_type", sorted(set(FAMILIES) - {"clap"}))
def test_defaults_are_those_of_transformers(model_type: str) -> None:
    config, family = AutoConfig.for_model(model_type), FAMILIES[model_type]
    dim = config.text_config.projection_size if "siglip" in model_type else config.projection_dim
    assert dim == family.dim
    assert config.text_config.max_position_embeddings >= family.tokens + family.reserved


def test_params_are_checked() -> None:
    for bad in ({"batch_images": 0}, {"batch_tokens": 0}, {"runtime": "tpu"}, {"modell": "x"}):
        with pytest.raises(ValidationError):
            ClipParams.model_validate(bad)
