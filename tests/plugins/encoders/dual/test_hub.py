"""Models of the hub and of folders: what is accepted, what is told before, and what a user reads when it fails."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

import numpy as np
import pytest
from huggingface_hub import constants
from safetensors.numpy import save_file

from chiasm.errors import ModelUnavailable
from chiasm_plugins.encoders.hub import PREPROCESSOR, TOKENIZER, resolve_model
from chiasm_plugins.encoders.pinned import PINNED
from chiasm_plugins.encoders.weights import chosen_files, weight_names, weights_complete

COMMIT = "0123456789abcdef0123456789abcdef01234567"


def write_model(folder: Path, weights: str = "model.safetensors") -> dict[str, bytes]:
    """Write the files of a small model, weights not meant to be run; return their contents."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in {
        "config.json": {"model_type": "clip"},
        "tokenizer.json": {},
        "preprocessor_config.json": {"size": 8},
    }.items():
        (folder / name).write_text(json.dumps(content))
    if weights.endswith(".safetensors"):
        save_file({"weight": np.ones((16, 4), dtype=np.float32)}, folder / weights)
    else:
        (folder / weights).write_bytes(b"\x80\x04a pickle")
    return {path.name: path.read_bytes() for path in folder.iterdir()}


class StandInHub(ThreadingHTTPServer):
    """Answers as the hub does for one model; stands in for the hub, which tests cannot reach."""

    def __init__(self, files: dict[str, bytes]) -> None:
        self.files = files
        self.commit = COMMIT
        self.downloads: list[str] = []
        super().__init__(("127.0.0.1", 0), _Answers)


class _Answers(BaseHTTPRequestHandler):
    server: StandInHub
    protocol_version = "HTTP/1.1"

    def do_HEAD(self) -> None:
        self.answer(send=False)

    def do_GET(self) -> None:
        self.answer(send=True)

    def answer(self, *, send: bool) -> None:
        hub, path = self.server, unquote(urlsplit(self.path).path)
        if path.startswith("/api/models/acme/tiny/tree/"):
            listed = [
                {"type": "file", "path": name, "size": len(data), "oid": hashlib.sha1(data).hexdigest()}
                for name, data in hub.files.items()
            ]
            self.reply(json.dumps(listed).encode(), send=send)
        elif path.startswith("/api/models/acme/tiny") and "/revision/gone" not in path:
            siblings = [{"rfilename": name, "size": len(data)} for name, data in hub.files.items()]
            self.reply(json.dumps({"id": "acme/tiny", "sha": hub.commit, "siblings": siblings}).encode(), send=send)
        elif path.startswith("/acme/tiny/resolve/") and path.rpartition("/")[2] in hub.files:
            name = path.rpartition("/")[2]
            if send:
                hub.downloads.append(name)
            self.reply(hub.files[name], send=send)
        else:
            code = "RevisionNotFound" if "gone" in path else "EntryNotFound" if "/resolve/" in path else "RepoNotFound"
            self.reply(b"", send=send, status=404, code=code)

    def reply(self, body: bytes, *, send: bool, status: int = 200, code: str = "") -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("ETag", f'"{hashlib.sha1(body).hexdigest()}"')
        asked = self.path.split("/resolve/")[-1].split("/")[0]
        self.send_header("X-Repo-Commit", asked if len(asked) == 40 else self.server.commit)
        if code:
            self.send_header("X-Error-Code", code)
        self.end_headers()
        if send:
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty hub cache, used while the network is off."""
    folder = tmp_path / "hub-cache"
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(folder))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    return folder


@pytest.fixture
def hub(cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[StandInHub]:
    """Return a stand-in hub with one model, and the network on."""
    server = StandInHub(write_model(tmp_path / "source"))
    endpoint = f"http://127.0.0.1:{server.server_port}"
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(constants, "ENDPOINT", endpoint)
    monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", endpoint + "/{repo_id}/resolve/{revision}/{filename}")
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def cached(cache: Path, model: str, weights: str = "model.safetensors", commit: str = COMMIT) -> Path:
    """Put a model into the cache as the hub's client would."""
    storage = cache / ("models--" + model.replace("/", "--"))
    (storage / "refs").mkdir(parents=True)
    (storage / "refs" / "main").write_text(commit)
    write_model(storage / "snapshots" / commit, weights)
    return storage / "snapshots" / commit


def test_a_folder_is_used_in_place_and_identified_by_the_digest_of_its_weights(tmp_path: Path) -> None:
    write_model(tmp_path)
    files = resolve_model(str(tmp_path))
    assert files.fetch([TOKENIZER, PREPROCESSOR]) == tmp_path
    assert files.revision == hashlib.sha256((tmp_path / "model.safetensors").read_bytes()).hexdigest()
    assert files.name == tmp_path.name
    info = files.model_info()
    assert (info.download_bytes, info.memory_bytes) == (0, (tmp_path / "model.safetensors").stat().st_size)


def test_changed_weights_are_another_revision(tmp_path: Path) -> None:
    write_model(tmp_path)
    before = resolve_model(str(tmp_path)).revision
    save_file({"weight": np.zeros((16, 5), dtype=np.float32)}, tmp_path / "model.safetensors")
    assert resolve_model(str(tmp_path)).revision != before


@pytest.mark.parametrize("local", [True, False])
def test_pickled_weights_are_refused_with_how_to_convert_them(cache: Path, tmp_path: Path, local: bool) -> None:
    if local:
        write_model(tmp_path / "old", "pytorch_model.bin")
        files = resolve_model(str(tmp_path / "old"))
    else:
        cached(cache, "acme/old", "pytorch_model.bin")
        files = resolve_model("acme/old")
    with pytest.raises(ModelUnavailable, match=r"pickles \(pytorch_model\.bin\)") as caught:
        files.fetch()
    fix = caught.value.fix or ""
    assert "save_pretrained" in fix
    assert ("refs/pr/" in fix) is not local


def test_the_conversion_that_is_advised_works(clip_folder: Path, tmp_path: Path) -> None:
    import torch
    from safetensors.torch import load_file

    old = tmp_path / "old"
    old.mkdir()
    for path in clip_folder.iterdir():
        if path.suffix == ".json":
            (old / path.name).write_bytes(path.read_bytes())
    torch.save(load_file(clip_folder / "model.safetensors"), old / "pytorch_model.bin")
    with pytest.raises(ModelUnavailable) as caught:
        resolve_model(str(old)).fetch()
    code = (caught.value.fix or "").partition('python -c "')[2].partition('"')[0].replace('\\"', '"')
    exec(code)
    converted = resolve_model(f"{old}-safetensors")
    assert converted.fetch([TOKENIZER, PREPROCESSOR]).is_dir()


def test_a_folder_without_weights_says_so(tmp_path: Path) -> None:
    write_model(tmp_path)
    (tmp_path / "model.safetensors").unlink()
    with pytest.raises(ModelUnavailable, match="there are no weights"):
        resolve_model(str(tmp_path)).fetch()


def test_a_missing_part_of_the_weights_is_noticed(tmp_path: Path) -> None:
    write_model(tmp_path, "model-00001-of-00002.safetensors")
    with pytest.raises(ModelUnavailable, match="parts of the weights are missing"):
        resolve_model(str(tmp_path)).fetch()
    save_file({"more": np.ones(3, dtype=np.float32)}, tmp_path / "model-00002-of-00002.safetensors")
    assert resolve_model(str(tmp_path)).fetch() == tmp_path


def test_weights_that_were_cut_off_are_refused_before_they_are_used(tmp_path: Path) -> None:
    write_model(tmp_path)
    path = tmp_path / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(ModelUnavailable, match=r"model\.safetensors is damaged"):
        resolve_model(str(tmp_path)).fetch()


def test_a_folder_without_tokenizer_names_the_files_it_could_have(tmp_path: Path) -> None:
    write_model(tmp_path)
    (tmp_path / "tokenizer.json").unlink()
    with pytest.raises(ModelUnavailable, match=r"none of tokenizer\.json, vocab\.txt"):
        resolve_model(str(tmp_path)).fetch([TOKENIZER])


@pytest.mark.parametrize("text", ["", "not json", "[]"])
def test_an_unreadable_configuration_is_named(tmp_path: Path, text: str) -> None:
    write_model(tmp_path)
    (tmp_path / "config.json").write_text(text)
    with pytest.raises(ModelUnavailable, match=r"config\.json"):
        resolve_model(str(tmp_path)).read_config()


@pytest.mark.parametrize("model", ["./nowhere", "/nowhere/at/all", "~/nowhere-at-all", "a/b/c", ""])
def test_a_folder_that_is_not_there_is_refused_at_once(model: str) -> None:
    with pytest.raises(ModelUnavailable, match="no such folder"):
        resolve_model(model)


def test_a_folder_has_no_revisions(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable, match="no revisions"):
        resolve_model(str(tmp_path), "main")


def test_a_name_that_the_hub_cannot_have_is_refused(cache: Path) -> None:
    with pytest.raises(ModelUnavailable, match="neither a folder nor a hub id"):
        resolve_model("what is this?").read_config()


def test_without_network_a_model_that_is_not_cached_is_told_how_to_get(cache: Path) -> None:
    files = resolve_model("acme/absent", "v1")
    for attempt in (files.fetch, files.read_config, lambda: files.revision):
        with pytest.raises(ModelUnavailable, match=r"network is switched off \(HF_HUB_OFFLINE\)") as caught:
            attempt()
        assert "hf download acme/absent --revision v1" in (caught.value.fix or "")
    info = files.model_info()
    assert (info.name, info.revision, info.download_bytes, info.memory_bytes) == ("acme/absent", "v1", None, None)


def test_without_network_a_cached_model_is_used_at_its_commit(cache: Path) -> None:
    folder = cached(cache, "acme/tiny")
    files = resolve_model("acme/tiny")
    assert files.fetch([TOKENIZER, PREPROCESSOR]) == folder
    assert files.revision == COMMIT
    assert files.find("processor_config.json") is None
    info = files.model_info()
    assert (info.revision, info.download_bytes) == (COMMIT, 0)
    assert info.memory_bytes == (folder / "model.safetensors").stat().st_size


def test_a_pinned_model_is_taken_at_its_commit_unless_another_revision_is_named(cache: Path) -> None:
    model, commit = next(iter(PINNED.items()))
    cached(cache, model)
    assert resolve_model(model, "main").revision == COMMIT
    with pytest.raises(ModelUnavailable) as caught:
        _ = resolve_model(model).revision
    assert commit in (caught.value.fix or "")


def test_pinned_commits_are_whole() -> None:
    assert all(len(commit) == 40 and int(commit, 16) for commit in PINNED.values())


def test_sizes_are_known_before_anything_is_downloaded(hub: StandInHub) -> None:
    info = resolve_model("acme/tiny").model_info()
    assert info.download_bytes == sum(map(len, hub.files.values()))
    assert info.memory_bytes == len(hub.files["model.safetensors"])
    assert info.revision == COMMIT
    assert hub.downloads == []


def test_only_the_configuration_is_fetched_until_weights_are_needed(hub: StandInHub) -> None:
    files = resolve_model("acme/tiny")
    assert files.read_config() == {"model_type": "clip"}
    assert files.revision == COMMIT
    assert sorted(hub.downloads) == ["config.json", "preprocessor_config.json"]
    folder = files.fetch([TOKENIZER, PREPROCESSOR])
    assert {path.name for path in folder.iterdir()} == set(hub.files)


def test_what_was_fetched_is_used_without_asking_again_even_when_the_branch_moves(hub: StandInHub) -> None:
    resolve_model("acme/tiny").fetch([TOKENIZER])
    hub.commit = "f" * 40
    hub.downloads.clear()
    files = resolve_model("acme/tiny")
    files.fetch([TOKENIZER])
    assert files.revision == COMMIT
    assert hub.downloads == []


def test_weights_come_from_the_commit_whose_configuration_was_read(hub: StandInHub) -> None:
    files = resolve_model("acme/tiny")
    files.read_config()
    hub.commit = "f" * 40
    assert files.fetch().name == COMMIT == files.revision


def test_other_formats_of_the_same_weights_are_not_downloaded(hub: StandInHub) -> None:
    hub.files |= {"pytorch_model.bin": b"x" * 100, "model.fp16.safetensors": b"x" * 100, "tf_model.h5": b"x" * 100}
    folder = resolve_model("acme/tiny").fetch()
    assert not {"pytorch_model.bin", "model.fp16.safetensors", "tf_model.h5"} & {path.name for path in folder.iterdir()}


def test_pickles_on_the_hub_are_refused_before_they_are_downloaded(hub: StandInHub) -> None:
    hub.files["pytorch_model.bin"] = hub.files.pop("model.safetensors")
    with pytest.raises(ModelUnavailable, match="pickles"):
        resolve_model("acme/tiny").fetch()
    assert "pytorch_model.bin" not in hub.downloads


def test_a_revision_that_does_not_exist_is_named(hub: StandInHub) -> None:
    with pytest.raises(ModelUnavailable, match="no revision 'gone'"):
        resolve_model("acme/tiny", "gone").fetch()


def test_a_model_that_the_hub_does_not_have_is_told(hub: StandInHub) -> None:
    with pytest.raises(ModelUnavailable, match="no such model, or it is private"):
        resolve_model("acme/other").fetch()


def test_a_hub_that_cannot_be_reached_is_told(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(ModelUnavailable, match="hub cannot be reached") as caught:
        resolve_model("acme/tiny").fetch()
    assert "hf download acme/tiny" in (caught.value.fix or "")


def test_weights_in_modules_of_sentence_transformers_count() -> None:
    names = ["modules.json", "0_Transformer/model.safetensors", "2_Dense/model.safetensors", "onnx/model.onnx",
             "openvino/model.safetensors", "1_Pooling/config.json", "original/model.safetensors"]  # fmt: skip
    assert weight_names(names) == ["0_Transformer/model.safetensors", "2_Dense/model.safetensors"]
    assert weights_complete(names)
    assert "1_Pooling/config.json" in chosen_files(names)
    assert "onnx/model.onnx" not in chosen_files(names)
