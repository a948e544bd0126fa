"""Trained fusions are kept in one file, which runs no code and is refused where it does not fit."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from early_data import DIMS, TRAINED, data_for

from chiasm import early_fusion
from chiasm.errors import FusionError, ModelUnavailable, SpaceMismatch
from chiasm.space import EmbeddingSpace

SPACES = {name: EmbeddingSpace(f"{name}-encoder", dim, normalization="none") for name, dim in DIMS.items()}


@pytest.fixture(params=TRAINED)
def name(request):
    return request.param


@pytest.fixture
def data(name):
    return data_for(name, seed=1)


@pytest.fixture
def saved(fusions, name, tmp_path):
    return fusions[name].save(tmp_path / "made" / "fusion.safetensors")


@pytest.fixture
def with_spaces(name, data, tmp_path):
    fusion = early_fusion(name, **({} if name in ("concat", "cca") else {"epochs": 1, "dim": 4}))
    return fusion.fit(data.vectors, spaces=SPACES).save(tmp_path / "spaces.safetensors")


def test_a_saved_fusion_comes_back_with_the_same_vectors_space_and_classes(fusions, name, saved, data):
    again = early_fusion(name, model=saved)
    masks = data.masks()
    np.testing.assert_array_equal(again(data.vectors, masks), fusions[name](data.vectors, masks))
    assert again.fused_space == fusions[name].fused_space
    assert again.classes == fusions[name].classes
    assert repr(again) == repr(fusions[name])
    for field, mean in fusions[name].means.items():
        np.testing.assert_array_equal(again.means[field], mean)
        np.testing.assert_allclose(mean, data.vectors[field].mean(axis=0), atol=1e-5)


def test_saving_twice_gives_the_same_bytes(name, saved, tmp_path):
    again = early_fusion(name, model=saved).save(tmp_path / "again.safetensors")
    assert again.read_bytes() == saved.read_bytes()


def test_the_space_is_told_without_importing_torch(name, with_spaces):
    import subprocess
    import sys

    code = (
        "import sys; from chiasm import early_fusion, EmbeddingSpace\n"
        f"fusion = early_fusion({name!r}, model={str(with_spaces)!r})\n"
        f"print(fusion.space({SPACES!r}).dim); assert not {{'torch', 'sklearn'}} & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_model_is_listed_with_its_digest_and_size(name, saved):
    (model,) = early_fusion(name, model=saved).models()
    assert (model.download_bytes, model.memory_bytes) == (0, saved.stat().st_size)
    assert len(model.revision) == 64


def test_it_serves_the_spaces_that_it_was_trained_on(name, with_spaces):
    fused = early_fusion(name, model=with_spaces).space(SPACES)
    assert (fused.model, fused.normalization, fused.metric) == (name, "l2", "cosine")


def test_another_space_of_the_same_dimension_is_refused(name, with_spaces):
    with pytest.raises(SpaceMismatch, match=r"other-encoder.*spaces="):
        early_fusion(name, model=with_spaces).space({**SPACES, "image": EmbeddingSpace("other-encoder", 7)})


def test_another_dimension_is_refused(name, with_spaces):
    with pytest.raises(SpaceMismatch, match="trained on 7 dimensions of 'image'"):
        early_fusion(name, model=with_spaces).space({**SPACES, "image": EmbeddingSpace("image-encoder", 8)})


def test_other_fields_are_refused(name, with_spaces):
    fusion = early_fusion(name, model=with_spaces)
    with pytest.raises(FusionError, match="Did you mean 'image'"):
        fusion.space({"audio": SPACES["audio"], "images": SPACES["image"], "text": SPACES["text"]})
    with pytest.raises(FusionError, match="trained on 'text' too"):
        fusion.space({"audio": SPACES["audio"], "image": SPACES["image"]})


def test_a_file_trained_without_spaces_serves_no_pipeline(name, saved):
    with pytest.raises(SpaceMismatch, match="spaces="):
        early_fusion(name, model=saved).space(SPACES)


def test_a_pickle_is_refused_and_not_run(name, tmp_path):
    class Trap:
        def __reduce__(self):
            return exec, (f"open({str(tmp_path / 'ran')!r}, 'w')",)

    path = tmp_path / "model.safetensors"
    path.write_bytes(pickle.dumps(Trap()))
    with pytest.raises(ModelUnavailable, match="Pickles"):
        early_fusion(name, model=path).space(SPACES)
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("spoil", [lambda b: b[:50], lambda b: b[: len(b) - 7], lambda b: b"", lambda b: b"{}" * 99])
def test_a_damaged_file_is_refused(name, saved, spoil):
    saved.write_bytes(spoil(saved.read_bytes()))
    with pytest.raises(ModelUnavailable, match="no file of a trained fusion"):
        early_fusion(name, model=saved).load()


def test_safetensors_of_something_else_are_refused(name, tmp_path):
    from safetensors.numpy import save_file

    save_file({"weight": np.ones(3)}, tmp_path / "other.safetensors")
    with pytest.raises(ModelUnavailable, match="no file of a trained fusion"):
        early_fusion(name, model=tmp_path / "other.safetensors").load()


def test_a_missing_file_is_refused(name, tmp_path):
    with pytest.raises(ModelUnavailable, match=r"cannot be read.*save"):
        early_fusion(name, model=tmp_path / "none.safetensors").load()


def test_a_file_of_another_fusion_is_refused(name, saved):
    other = "cca" if name != "cca" else "gated"
    with pytest.raises(ModelUnavailable, match=f"Write 'use: {name}'"):
        early_fusion(other, model=saved).load()


@pytest.mark.parametrize("name", ["gated"], indirect=True)
def test_params_that_contradict_the_file_are_refused(name, saved):
    assert early_fusion(name, model=saved, dim=8).file.dim == 8
    with pytest.raises(FusionError, match=r"'dim' is 9, and 8 in the file"):
        early_fusion(name, model=saved, dim=9).load()


def test_moving_the_file_changes_no_identity(name, saved, tmp_path):
    moved = tmp_path / "moved.safetensors"
    moved.write_bytes(saved.read_bytes())
    assert early_fusion(name, model=moved).fused_space == early_fusion(name, model=saved).fused_space
