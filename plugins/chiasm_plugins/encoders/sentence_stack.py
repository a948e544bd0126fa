"""What a sentence-transformers model consists of, read from its configuration files without its weights."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from chiasm.errors import ModelUnavailable
from chiasm.space import Metric
from chiasm_plugins.encoders.hub import ModelFiles

KNOWN_TRANSFORMERS = frozenset(
    {
        "albert",
        "bert",
        "camembert",
        "deberta",
        "deberta-v2",
        "distilbert",
        "electra",
        "modernbert",
        "mpnet",
        "roberta",
        "xlm-roberta",
    }
)
"""Types of transformers that give a vector for each token from token ids and attention mask alone."""

KNOWN_POOLINGS = ("cls", "max", "mean", "mean_sqrt_len_tokens")
KNOWN_ACTIVATIONS = {f"torch.nn.modules.activation.{name}": name for name in ("Tanh", "ReLU", "GELU", "Sigmoid")} | {
    "torch.nn.modules.linear.Identity": "Identity"
}
_POOLING_FLAGS = {  # as written before version 5.4, in the order in which several are concatenated
    "pooling_mode_cls_token": "cls",
    "pooling_mode_max_tokens": "max",
    "pooling_mode_mean_tokens": "mean",
    "pooling_mode_mean_sqrt_len_tokens": "mean_sqrt_len_tokens",
    "pooling_mode_weightedmean_tokens": "weightedmean",
    "pooling_mode_lasttoken": "lasttoken",
}
_METRICS: Mapping[str, Metric] = {"cosine": "cosine", "dot": "dot", "euclidean": "euclid"}


@dataclass(frozen=True, slots=True)
class DenseLayer:
    """A linear layer with an activation, after pooling.

    Attributes:
        folder: Folder of its weights in the model.
        in_features: Dimension of its input.
        out_features: Dimension of its output.
        bias: Whether it has a bias.
        activation: Name of a class of ``torch.nn``.
    """

    folder: str
    in_features: int
    out_features: int
    bias: bool
    activation: str


@dataclass(frozen=True, slots=True)
class SentenceStack:
    """The modules of a model, and its settings.

    Attributes:
        dim: Dimension of its vectors; ``None`` where the configuration does not say.
        max_seq_length: Tokens of a text that it reads; ``None`` without a limit.
        positions: Tokens that it can read at most; ``None`` where the configuration does not say.
        pooling: How tokens become one vector; several are concatenated.
        dense: Layers after pooling.
        normalized: Whether its last module scales vectors to length one.
        metric: What its vectors were trained to be compared by.
        prompts: By role: ``"query"`` and ``"document"``.
        transformer: Folder of the transformer in the model, ``""`` for the model's own folder.
        lowercase: Whether texts are lower-cased before the tokenizer sees them.
        unknown: Why only sentence-transformers itself can run it; empty where its modules are known.
        fingerprint: SHA-256 of the configuration that was read.
    """

    dim: int | None
    max_seq_length: int | None
    positions: int | None
    pooling: tuple[str, ...]
    dense: tuple[DenseLayer, ...]
    normalized: bool
    metric: Metric
    prompts: Mapping[str, str]
    transformer: str = ""
    lowercase: bool = False
    unknown: str = ""
    fingerprint: str = field(default="", compare=False)

    def files_of_transformer(self, names: Sequence[str]) -> list[str]:
        """Return the names of files of the transformer as names of files of the model."""
        return [_below(self.transformer, name) for name in names]


class _Unknown(Exception):
    """A module that only sentence-transformers itself can run."""


def read_stack(files: ModelFiles) -> SentenceStack:
    """Return what a model consists of.

    Raises:
        ModelUnavailable: Its configuration is missing or cannot be read.
    """
    return _StackReader(files).read()


class _StackReader:
    def __init__(self, files: ModelFiles) -> None:
        self._files = files
        self._read: dict[str, Any] = {}

    def read(self) -> SentenceStack:
        modules = self._modules()
        kinds = [str(module.get("type", "")).rpartition(".")[2] for module in modules]
        transformer = str(modules[0].get("path", "")) if kinds and kinds[0] == "Transformer" else ""
        settings = self._config("config_sentence_transformers.json")
        sentence = self._config(_below(transformer, "sentence_bert_config.json"))
        config = self._config(_below(transformer, "config.json"))
        tokenizer = self._config(_below(transformer, "tokenizer_config.json"))
        limits = [limit for limit in (tokenizer.get("model_max_length"), _positions(config)) if limit]
        positions = int(min(limits)) if limits and min(limits) < 2**31 else None
        pooling: tuple[str, ...] = ()
        dense: tuple[DenseLayer, ...] = ()
        unknown = ""
        try:
            pooling, dense = self._known(modules, kinds, sentence, config)
        except _Unknown as reason:
            unknown = str(reason)
        return SentenceStack(
            dim=self._dim(modules, kinds, config),
            max_seq_length=sentence.get("max_seq_length") or positions,
            positions=positions,
            pooling=pooling,
            dense=dense,
            normalized="Normalize" in kinds[-1:],
            metric=_METRICS.get(settings.get("similarity_fn_name") or "cosine", "cosine"),
            prompts=_prompts(settings),
            transformer=transformer,
            lowercase=bool(sentence.get("do_lower_case")),
            unknown=unknown,
            fingerprint=hashlib.sha256(json.dumps(self._read, sort_keys=True).encode()).hexdigest(),
        )

    def _modules(self) -> list[dict[str, Any]]:
        path = self._files.find("modules.json")
        if path is None:
            # A plain transformer; sentence-transformers averages its tokens.
            return [{"type": "Transformer", "path": ""}, {"type": "Pooling", "path": None}]
        try:
            modules = json.loads(path.read_text(encoding="utf-8"))
            self._read["modules.json"] = modules
            return [dict(module) for module in modules]
        except (OSError, ValueError, TypeError) as error:
            raise ModelUnavailable(f"modules.json cannot be read ({error})", where=self._files.model) from error

    def _config(self, name: str) -> dict[str, Any]:
        if self._files.find(name) is None:
            return {}
        self._read[name] = self._files.read_config(name)
        return dict(self._read[name])

    def _known(
        self, modules: list[dict[str, Any]], kinds: list[str], sentence: dict[str, Any], config: dict[str, Any]
    ) -> tuple[tuple[str, ...], tuple[DenseLayer, ...]]:
        body = kinds[:-1] if kinds[-1:] == ["Normalize"] else kinds
        if body[:2] != ["Transformer", "Pooling"] or set(body[2:]) - {"Dense"}:
            raise _Unknown(f"its modules are {', '.join(kinds)}")
        if any(not str(module["type"]).startswith("sentence_transformers.") for module in modules if module["path"]):
            raise _Unknown("its modules are not all of sentence-transformers")
        if config.get("model_type") not in KNOWN_TRANSFORMERS:
            raise _Unknown(f"its transformer is of type {config.get('model_type')}")
        if "auto_map" in config and "model_type" not in config:
            raise _Unknown("its transformer is code of its own")
        unusual = _unusual(sentence)
        if unusual:
            raise _Unknown(f"its transformer has the setting {unusual}")
        pooling = self._pooling(modules[1]["path"])
        dense = tuple(self._dense(str(module["path"])) for module in modules[2 : len(body)])
        return pooling, dense

    def _pooling(self, path: str | None) -> tuple[str, ...]:
        config = self._config(_below(path, "config.json")) if path else {}
        if config.get("include_prompt") is False:
            raise _Unknown("its pooling leaves the prompt out")
        modes = _pooling_modes(config)
        if set(modes) - set(KNOWN_POOLINGS):
            raise _Unknown(f"its pooling is {'+'.join(modes)}")
        return modes

    def _dense(self, path: str) -> DenseLayer:
        config = self._config(_below(path, "config.json"))
        activation = KNOWN_ACTIVATIONS.get(str(config.get("activation_function", "")))
        plain = {"module_input_name", "module_output_name", "use_residual"}
        unusual = [key for key in plain if config.get(key) not in (None, False, "sentence_embedding")]
        if activation is None or unusual:
            raise _Unknown(f"its layer {path} has {', '.join(unusual) or config.get('activation_function')}")
        return DenseLayer(
            path, int(config["in_features"]), int(config["out_features"]), bool(config.get("bias", True)), activation
        )

    def _dim(self, modules: list[dict[str, Any]], kinds: list[str], config: dict[str, Any]) -> int | None:
        for module, kind in zip(reversed(modules), reversed(kinds), strict=True):
            own = self._config(_below(module["path"], "config.json")) if module.get("path") else {}
            if kind == "Dense" and "out_features" in own:
                return int(own["out_features"])
            if kind == "Pooling":
                width = own.get("embedding_dimension") or own.get("word_embedding_dimension") or _width(config)
                return int(width) * len(_pooling_modes(own)) if width else None
            if kind == "StaticEmbedding":
                return self._static_dim(str(module.get("path") or ""))
        return _width(config)

    def _static_dim(self, path: str) -> int | None:
        weights = self._files.find(_below(path, "model.safetensors"))
        if weights is None:
            return None
        from safetensors import safe_open

        with safe_open(weights, framework="numpy") as tensors:
            return int(tensors.get_slice("embedding.weight").get_shape()[1])


def _below(folder: str | None, name: str) -> str:
    return f"{folder.rstrip('/')}/{name}" if folder else name


def _positions(config: dict[str, Any]) -> int | None:
    positions = config.get("max_position_embeddings")
    return int(positions) if isinstance(positions, int) and positions > 0 else None


def _width(config: dict[str, Any]) -> int | None:
    for name in ("hidden_size", "dim", "d_model"):
        if isinstance(config.get(name), int):
            return int(config[name])
    return None


def _pooling_modes(config: dict[str, Any]) -> tuple[str, ...]:
    modes = config.get("pooling_mode")
    if modes is None:
        modes = [mode for flag, mode in _POOLING_FLAGS.items() if config.get(flag)] or ["mean"]
    return (modes,) if isinstance(modes, str) else tuple(modes)


def _prompts(settings: dict[str, Any]) -> dict[str, str]:
    """Return the prompts that ``encode_query`` and ``encode_document`` of sentence-transformers would use."""
    named = {name: text or "" for name, text in (settings.get("prompts") or {}).items()}
    # Since version 5 the names "query" and "document" are there, empty, in every model.
    document = next((named[name] for name in ("document", "passage", "corpus") if named.get(name)), "")
    return {"query": named.get("query", ""), "document": document}


def _unusual(sentence: dict[str, Any]) -> str:
    """Return the first setting of the transformer module that changes what it gives."""
    token_vectors = {"method": "forward", "method_output_name": "last_hidden_state"}
    usual = {
        "max_seq_length": sentence.get("max_seq_length"),
        "do_lower_case": sentence.get("do_lower_case"),
        "transformer_task": "feature-extraction",
        "modality_config": {"text": token_vectors},
        "module_output_name": "token_embeddings",
        "unpad_inputs": sentence.get("unpad_inputs"),
    }
    for name, value in sentence.items():
        if value not in (None, {}, usual.get(name)):
            return name
    return ""
