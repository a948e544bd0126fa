"""Tiny cross-encoders and late-interaction models with random weights, saved as the hub lays them out."""

from __future__ import annotations

import json
import string
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import BertConfig, BertForSequenceClassification, BertModel, BertTokenizer

WORDS = [
    *("the", "dog", "cat", "bird", "sea", "ship", "rain", "sun", "red", "blue", "green"),
    *("runs", "sleeps", "sails", "flies", "in", "on", "under", "of"),
]
SPECIALS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "[unused0]", "[unused1]"]
SIZES = {
    "initializer_range": 0.5,
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "intermediate_size": 48,
}


@pytest.fixture(scope="session", autouse=True)
def _own_cache(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CHIASM_CACHE_DIR", str(tmp_path_factory.mktemp("cache")))
        yield


def save_tokenizer(folder: Path) -> int:
    vocabulary = [*SPECIALS, *string.punctuation, *string.ascii_lowercase, *("##" + c for c in string.ascii_lowercase)]
    vocabulary += [word for word in WORDS if len(word) > 1]
    (folder / "vocab.txt").write_text("\n".join(vocabulary))
    BertTokenizer(str(folder / "vocab.txt"), do_lower_case=True).save_pretrained(folder)
    return len(vocabulary)


@pytest.fixture(scope="session")
def make_cross_encoder(tmp_path_factory):
    def make(labels: int = 1) -> Path:
        folder = tmp_path_factory.mktemp("cross-encoder")
        torch.manual_seed(1)
        size = save_tokenizer(folder)
        config = BertConfig(vocab_size=size, num_labels=labels, max_position_embeddings=64, **SIZES)
        BertForSequenceClassification(config).save_pretrained(folder)
        return folder

    return make


@pytest.fixture(scope="session")
def plain_transformer(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("transformer")
    torch.manual_seed(2)
    size = save_tokenizer(folder)
    BertModel(BertConfig(vocab_size=size, max_position_embeddings=64, **SIZES)).save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def colbert(tmp_path_factory) -> Path:
    """A model as ColBERT's authors save it: a BERT with a projection to 8 dimensions beside it."""
    folder = tmp_path_factory.mktemp("colbert")
    torch.manual_seed(3)
    size = save_tokenizer(folder)
    BertModel(BertConfig(vocab_size=size, max_position_embeddings=64, **SIZES)).save_pretrained(folder)
    weights = load_file(folder / "model.safetensors")
    weights = {f"bert.{name}": tensor for name, tensor in weights.items()} | {"linear.weight": torch.randn(8, 32)}
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"architectures": ["HF_ColBERT"], "colbert_dim": 8}))
    return folder


@pytest.fixture(scope="session")
def pylate(tmp_path_factory, plain_transformer) -> Path:
    """A model as PyLate saves it: a transformer, a dense module, and prefixes."""
    import shutil

    folder = tmp_path_factory.mktemp("pylate")
    shutil.copytree(plain_transformer, folder, dirs_exist_ok=True)
    (folder / "1_Dense").mkdir()
    torch.manual_seed(4)
    save_file({"linear.weight": torch.randn(6, 32)}, folder / "1_Dense" / "model.safetensors")
    (folder / "1_Dense" / "config.json").write_text(json.dumps({"in_features": 32, "out_features": 6, "bias": False}))
    own = {"query_prefix": "[unused0] ", "document_prefix": "[unused1] ", "do_query_expansion": False}
    (folder / "config_sentence_transformers.json").write_text(json.dumps(own))
    return folder
