import logging
import os
from pathlib import Path

import numpy as np
import pytest
from torch import nn

from chiasm.runtime import RuntimeParams, cache, choose_runtime, compile_module

EXAMPLE = {"input": np.ones((2, 4), np.float32)}
AXES = {"input": (0,)}


class Counting:
    """Builds one module, and counts how often."""

    def __init__(self):
        self.count = 0
        self.layer = nn.Linear(4, 3)

    def __call__(self):
        self.count += 1
        return self.layer


@pytest.fixture(params=["openvino", "onnxruntime"])
def choice(request):
    return choose_runtime(RuntimeParams(runtime=request.param, dtype="float32"))


def run(build, choice, key="toy-1"):
    model = compile_module(build, EXAMPLE, choice, dynamic_axes=AXES, cache_key=key)
    ((result,),) = model.run([EXAMPLE])
    model.close()
    return result


def entries(folder: Path) -> list[Path]:
    return sorted(folder.glob("*/*"))


def test_a_converted_model_is_not_built_again(choice, cache):
    build = Counting()
    first, second = run(build, choice), run(build, choice)
    assert build.count == 1
    np.testing.assert_array_equal(first, second)
    assert len(entries(cache)) == 1


def test_another_key_is_another_model(choice):
    build = Counting()
    run(build, choice, "toy-1")
    run(build, choice, "toy-2")
    assert build.count == 2


def test_without_a_key_nothing_is_kept(choice, cache):
    build = Counting()
    run(build, choice, None)
    run(build, choice, None)
    assert build.count == 2
    assert not cache.exists()


def test_a_truncated_file_is_noticed_and_the_model_is_built_again(choice, cache):
    build = Counting()
    due = run(build, choice)
    for file in cache.rglob("model.*"):
        file.write_bytes(file.read_bytes()[:-7])
    np.testing.assert_array_equal(run(build, choice), due)
    assert build.count == 2


def test_a_damaged_file_of_the_right_size_is_noticed_by_openvino(cache):
    choice = choose_runtime(RuntimeParams(runtime="openvino", dtype="float32"))
    build = Counting()
    due = run(build, choice)
    for file in cache.rglob("model.xml"):
        file.write_bytes(b"?" * file.stat().st_size)
    for blob in cache.rglob("*.blob"):
        blob.unlink()
    np.testing.assert_array_equal(run(build, choice), due)
    assert build.count == 2


def test_the_folder_is_the_users_alone(choice, cache):
    cache.mkdir(parents=True)
    cache.chmod(0o755)
    run(Counting(), choice)
    assert cache.stat().st_mode & 0o077 == 0


def test_a_folder_of_somebody_else_is_neither_read_nor_written(choice, cache, monkeypatch, caplog):
    build = Counting()
    run(build, choice)
    monkeypatch.setattr(os, "getuid", lambda: cache.stat().st_uid + 1)
    with caplog.at_level(logging.WARNING, "chiasm.runtime"):
        run(build, choice)
    assert build.count == 2
    assert "belongs to another user" in caplog.text


def test_a_folder_that_cannot_be_made_is_said_once_and_the_model_runs(choice, tmp_path, monkeypatch, caplog):
    (tmp_path / "file").touch()
    monkeypatch.setenv("CHIASM_CACHE_DIR", str(tmp_path / "file"))
    with caplog.at_level(logging.WARNING, "chiasm.runtime"):
        assert run(Counting(), choice).shape == (2, 3)
    assert "can be kept" in caplog.text


def write_ten_bytes(folder: Path) -> None:
    (folder / "data").write_bytes(b"0123456789")


def test_an_entry_of_an_older_version_is_deleted_when_a_new_one_is_written(cache):
    old = _kept("model", "1", write_ten_bytes)
    new = _kept("model", "2", write_ten_bytes)
    assert not old.exists()
    assert (new / "data").read_bytes() == b"0123456789"
    assert entries(cache) == [new]


def test_writing_that_fails_leaves_nothing_behind(cache, caplog):
    def fail(folder: Path) -> None:
        write_ten_bytes(folder)
        raise OSError(28, "No space left on device")

    with caplog.at_level(logging.WARNING, "chiasm.runtime"):
        assert _kept("model", "1", fail) is None
    assert "No space left on device" in caplog.text
    assert entries(cache) == []


def test_an_error_of_the_conversion_itself_comes_through(cache):
    def fail(folder: Path) -> None:
        raise ValueError("not convertible")

    with pytest.raises(ValueError, match="not convertible"):
        _kept("model", "1", fail)
    assert entries(cache) == []


def test_an_entry_that_another_process_wrote_meanwhile_is_used(cache):
    def write_while_another_does(folder: Path) -> None:
        _kept("model", "1", write_ten_bytes)
        write_ten_bytes(folder)

    folder = _kept("model", "1", write_while_another_does)
    assert (folder / "data").read_bytes() == b"0123456789"
    assert entries(cache) == [folder]


_kept = cache.kept
