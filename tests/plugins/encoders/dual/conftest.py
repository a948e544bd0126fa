"""Tiny models with random weights and real tokenizers, saved in folders as the hub lays them out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, processors, trainers
from transformers import (
    AlignConfig,
    AlignModel,
    AutoModel,
    BertTokenizer,
    ClapConfig,
    ClapFeatureExtractor,
    ClapModel,
    CLIPConfig,
    CLIPImageProcessor,
    CLIPModel,
    CLIPTokenizer,
    EfficientNetImageProcessor,
    PreTrainedTokenizerBase,
    PreTrainedTokenizerFast,
    Siglip2Config,
    Siglip2ImageProcessor,
    Siglip2Model,
    Siglip2Tokenizer,
    SiglipConfig,
    SiglipImageProcessor,
    SiglipModel,
)

SENTENCES = [
    "a dog runs through the rain",
    "two cats sleep on a red sofa",
    "a photo of a mountain lake at dawn",
    "the sound of waves, wind and thunder",
    "ein Hund läuft durch den Regen",
    "someone plays the piano in an empty hall",
]
LAYERS = {"num_hidden_layers": 2, "num_attention_heads": 4, "hidden_size": 32, "intermediate_size": 48}


@pytest.fixture(scope="session", autouse=True)
def _one_thread_and_seed() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.manual_seed(0)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session", autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Converted models and tokenizers are kept in a folder of the tests, not in the user's."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CHIASM_CACHE_DIR", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="session")
def pictures() -> list[np.ndarray]:
    """Return pictures of several shapes and contents, uint8 ``[H, W, 3]``."""
    random = np.random.default_rng(3)
    shapes = [(120, 90), (61, 200), (33, 33), (300, 47), (100, 101), (50, 600)]
    pictures = []
    for height, width in shapes:
        coarse = random.integers(0, 256, (height // 8 + 2, width // 8 + 2, 3), dtype=np.uint8)
        pictures.append(np.kron(coarse, np.ones((8, 8, 1), dtype=np.uint8))[:height, :width].copy())
    return pictures


def trained_bpe(specials: list[str], suffix: str) -> tuple[dict[str, int], list[tuple[str, str]]]:
    """Return vocabulary and merges of a byte-level BPE trained on the sentences."""
    import json

    tokenizer = Tokenizer(models.BPE(end_of_word_suffix=suffix))
    tokenizer.normalizer = normalizers.Lowercase()
    words = pre_tokenizers.Split(Regex(r"\p{L}+|\p{N}|[^\s\p{L}\p{N}]+"), behavior="removed", invert=True)
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([words, pre_tokenizers.ByteLevel(add_prefix_space=False)])
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=800,
        special_tokens=[*sorted(alphabet), *(letter + suffix for letter in sorted(alphabet))] if suffix else [],
        initial_alphabet=alphabet,
        end_of_word_suffix=suffix,
        show_progress=False,
    )
    tokenizer.train_from_iterator(SENTENCES, trainer)
    model = json.loads(tokenizer.to_str())["model"]
    vocabulary = dict(model["vocab"])
    for token in specials:
        vocabulary[token] = len(vocabulary)
    return vocabulary, [tuple(pair) for pair in model["merges"]]


def clip_tokenizer() -> PreTrainedTokenizerBase:
    vocabulary, merges = trained_bpe(["<|startoftext|>", "<|endoftext|>"], "</w>")
    return CLIPTokenizer(vocab=vocabulary, merges=merges, model_max_length=77)


def unigram_tokenizer() -> PreTrainedTokenizerBase:
    """Return a SentencePiece-like tokenizer as SigLIP's: Unigram, pieces that begin with ``▁``, ``</s>`` at the end."""
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Lowercase()])
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    trainer = trainers.UnigramTrainer(
        vocab_size=120, special_tokens=["<pad>", "</s>", "<unk>"], unk_token="<unk>", show_progress=False
    )
    tokenizer.train_from_iterator(SENTENCES, trainer)
    end = tokenizer.token_to_id("</s>")
    tokenizer.post_processor = processors.TemplateProcessing(single="$A </s>", special_tokens=[("</s>", end)])
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="</s>", eos_token="</s>", unk_token="<unk>",
        model_input_names=["input_ids"], model_max_length=16,
    )  # fmt: skip


def siglip2_tokenizer() -> PreTrainedTokenizerBase:
    specials = ["<pad>", "<eos>", "<bos>", "<unk>", "<mask>"]
    letters = [*sorted({letter for text in SENTENCES for letter in text.lower()} - {" "}), "▁"]
    vocabulary = {token: number for number, token in enumerate([*specials, *letters])}
    vocabulary |= {f"<0x{byte:02X}>": len(vocabulary) + byte for byte in range(256)}
    merges = []
    for left, right in [("d", "o"), ("do", "g"), ("▁", "r"), ("r", "a"), ("i", "n")]:
        merges.append((left, right))
        vocabulary[left + right] = len(vocabulary)
    return Siglip2Tokenizer(
        vocab=vocabulary, merges=merges, padding_side="right", add_eos_token=True, add_bos_token=False,
        model_input_names=["input_ids"],
    )  # fmt: skip


def word_piece_tokenizer() -> PreTrainedTokenizerBase:
    specials = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    words = sorted({word.strip(",") for text in SENTENCES for word in text.lower().split()})
    return BertTokenizer(vocab={token: number for number, token in enumerate([*specials, *words])})


def roberta_tokenizer() -> PreTrainedTokenizerBase:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    specials = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    tokenizer.train_from_iterator(
        SENTENCES,
        trainers.BpeTrainer(vocab_size=400, special_tokens=specials, initial_alphabet=alphabet, show_progress=False),
    )
    tokenizer.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0))
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, bos_token="<s>", eos_token="</s>", sep_token="</s>", cls_token="<s>",
        unk_token="<unk>", pad_token="<pad>", mask_token="<mask>", model_max_length=512,
    )  # fmt: skip


def saved(folder: Path, *parts: object) -> Path:
    for part in parts:
        part.save_pretrained(folder)  # type: ignore[attr-defined]
    return folder


@pytest.fixture(scope="session")
def clip_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A CLIP: shorter side to 32, middle 32 x 32 of it, tokens padded to the longest and masked."""
    tokenizer = clip_tokenizer()
    config = CLIPConfig(
        text_config=LAYERS | {
            "vocab_size": len(tokenizer), "max_position_embeddings": 77, "eos_token_id": tokenizer.eos_token_id,
            "bos_token_id": tokenizer.bos_token_id, "pad_token_id": tokenizer.pad_token_id,
        },
        vision_config=LAYERS | {"image_size": 32, "patch_size": 8},
        projection_dim=24,
    )  # fmt: skip
    processor = CLIPImageProcessor(size={"shortest_edge": 32}, crop_size={"height": 32, "width": 32})
    return saved(tmp_path_factory.mktemp("clip"), CLIPModel(config), tokenizer, processor)


def siglip_config(vocabulary: int, length: int) -> SiglipConfig:
    return SiglipConfig(
        text_config=LAYERS | {"vocab_size": vocabulary, "max_position_embeddings": length, "projection_size": 32},
        vision_config=LAYERS | {"image_size": 48, "patch_size": 16},
    )


@pytest.fixture(scope="session")
def siglip_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SigLIP: pictures squeezed to 48 x 48, texts filled up to 16 tokens without a mask."""
    tokenizer = unigram_tokenizer()
    processor = SiglipImageProcessor(size={"height": 48, "width": 48})
    model = SiglipModel(siglip_config(len(tokenizer), 16))
    return saved(tmp_path_factory.mktemp("siglip"), model, tokenizer, processor)


@pytest.fixture(scope="session")
def siglip2_fixed_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SigLIP 2 of fixed resolution: SigLIP's classes, SigLIP 2's tokenizer."""
    tokenizer = siglip2_tokenizer()
    processor = SiglipImageProcessor(size={"height": 48, "width": 48}, resample=2)
    model = SiglipModel(siglip_config(len(tokenizer), 64))
    return saved(tmp_path_factory.mktemp("siglip2-fixed"), model, tokenizer, processor)


@pytest.fixture(scope="session")
def siglip2_naflex_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SigLIP 2 that keeps a picture's shape: up to 16 patches of 16 x 16."""
    tokenizer = siglip2_tokenizer()
    config = Siglip2Config(
        text_config=LAYERS | {"vocab_size": len(tokenizer), "max_position_embeddings": 64, "projection_size": 32},
        vision_config=LAYERS | {"num_patches": 16, "patch_size": 16},
    )
    processor = Siglip2ImageProcessor(max_num_patches=16, patch_size=16)
    return saved(tmp_path_factory.mktemp("siglip2-naflex"), Siglip2Model(config), tokenizer, processor)


@pytest.fixture(scope="session")
def align_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An ALIGN: EfficientNet and BERT, with an image processor of its own kind."""
    tokenizer = word_piece_tokenizer()
    config = AlignConfig(
        text_config=LAYERS | {"vocab_size": len(tokenizer), "max_position_embeddings": 64},
        vision_config={
            "image_size": 40, "width_coefficient": 1.0, "depth_coefficient": 0.2, "hidden_dim": 32, "depth_divisor": 8,
            "kernel_sizes": [3], "in_channels": [32], "out_channels": [32], "strides": [1], "num_block_repeats": [1],
            "expand_ratios": [1], "depthwise_padding": [],
        },
        projection_dim=32,
    )  # fmt: skip
    processor = EfficientNetImageProcessor(size={"height": 40, "width": 40})
    return saved(tmp_path_factory.mktemp("align"), AlignModel(config), tokenizer, processor)


@pytest.fixture(scope="session")
def clap_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A CLAP of 1-second windows at 48 kHz."""
    return _clap(tmp_path_factory.mktemp("clap"), fusion=False)


@pytest.fixture(scope="session")
def fused_clap_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A CLAP of the kind that fuses four views of a long recording."""
    return _clap(tmp_path_factory.mktemp("clap-fused"), fusion=True)


def _clap(folder: Path, *, fusion: bool) -> Path:
    tokenizer = roberta_tokenizer()
    config = ClapConfig(
        text_config=LAYERS | {
            "vocab_size": len(tokenizer), "max_position_embeddings": 130, "pad_token_id": 1, "type_vocab_size": 1,
        },
        audio_config={
            "spec_size": 64, "num_mel_bins": 16, "patch_size": 4, "patch_stride": [4, 4], "depths": [1, 1],
            "patch_embeds_hidden_size": 16, "num_attention_heads": [2, 2], "num_hidden_layers": 2, "hidden_size": 32,
            "window_size": 4, "enable_fusion": fusion,
        },
        projection_dim=24,
    )  # fmt: skip
    extractor = ClapFeatureExtractor(
        feature_size=16, max_length_s=1, truncation="fusion" if fusion else "rand_trunc", frequency_min=50
    )
    return saved(folder, ClapModel(config), tokenizer, extractor)


@pytest.fixture(scope="session")
def reference_model() -> object:
    """Return a function that loads a folder's model with transformers, once each."""
    loaded: dict[Path, torch.nn.Module] = {}

    def load(folder: Path) -> torch.nn.Module:
        if folder not in loaded:
            loaded[folder] = AutoModel.from_pretrained(folder).eval()
        return loaded[folder]

    return load
