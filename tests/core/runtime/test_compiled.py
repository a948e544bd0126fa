import threading

import numpy as np
import pytest
import torch
from torch import nn

from chiasm.errors import ConfigError, EncodingError
from chiasm.runtime import RuntimeParams, choose_runtime, compile_module


class Pooled(nn.Module):
    """A small transformer with masked mean pooling: two inputs with free lengths, two outputs."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.words = nn.Embedding(50, 32)
        self.block = nn.TransformerEncoderLayer(32, 4, 64, batch_first=True, dropout=0.0)
        self.out = nn.Linear(32, 24)

    def forward(self, ids, mask):
        kept = mask.unsqueeze(-1).float()
        tokens = self.block(self.words(ids), src_key_padding_mask=mask == 0)
        mean = (tokens.float() * kept).sum(1) / kept.sum(1)
        return self.out(mean), tokens * kept


EXAMPLE = {"ids": np.array([[1, 2, 3, 4], [5, 6, 0, 0]]), "mask": np.array([[1, 1, 1, 1], [1, 1, 0, 0]])}
AXES = {"ids": (0, 1), "mask": (0, 1)}
RUNTIMES = [
    ("torch", "float32"),
    ("torch", "bfloat16"),
    ("openvino", "float32"),
    ("onnxruntime", "float32"),
    ("auto", "auto"),
]


@pytest.fixture(scope="module")
def batches():
    random = np.random.default_rng(1)
    made = []
    for rows, length in [(3, 7), (1, 2), (6, 11), (2, 3), (4, 5)]:
        mask = (np.arange(length) < random.integers(1, length + 1, (rows, 1))).astype(np.int64)
        made.append({"ids": random.integers(1, 50, (rows, length)) * mask, "mask": mask})
    return made


@pytest.fixture(scope="module")
def expected(batches):
    module = Pooled().eval()
    with torch.inference_mode():
        return [[part.numpy() for part in module(**{k: torch.from_numpy(v) for k, v in b.items()})] for b in batches]


@pytest.mark.parametrize(("runtime", "dtype"), RUNTIMES)
def test_every_runtime_gives_what_the_module_gives_in_order_and_as_float32(runtime, dtype, batches, expected):
    choice = choose_runtime(RuntimeParams(runtime=runtime, dtype=dtype))
    model = compile_module(Pooled, EXAMPLE, choice, dynamic_axes=AXES)
    results = model.run(batch for batch in batches)
    assert len(results) == len(batches)
    for (pooled, tokens), (due, due_tokens) in zip(results, expected, strict=True):
        assert pooled.dtype == tokens.dtype == np.float32
        assert tokens.shape == due_tokens.shape
        cosine = (pooled * due).sum(1) / np.linalg.norm(pooled, axis=1) / np.linalg.norm(due, axis=1)
        assert cosine.min() >= (0.9995 if choice.dtype == "bfloat16" else 0.999999)
    model.close()


def test_no_batches_give_no_results():
    model = compile_module(Pooled, EXAMPLE, choose_runtime(RuntimeParams()), dynamic_axes=AXES)
    assert model.run([]) == []
    assert len(model.run([EXAMPLE])) == 1


@pytest.mark.parametrize("runtime", ["torch", "openvino", "onnxruntime"])
def test_a_failing_call_is_an_encoding_error_and_the_model_goes_on(runtime):
    choice = choose_runtime(RuntimeParams(runtime=runtime, dtype="float32"))
    example = {"x": np.ones((2, 4), np.float32)}
    model = compile_module(Named, example, choice, dynamic_axes={"x": (0,)})
    with pytest.raises(EncodingError, match=f"the model failed in {runtime}"):
        model.run([example, {"x": np.ones((2, 5), np.float32)}])
    ((result,),) = model.run([example])
    assert result.shape == (2, 3)


class Named(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(4, 3)

    def forward(self, x):
        return self.layer(x)


def test_an_error_of_the_iterable_comes_through_and_the_model_goes_on():
    model = compile_module(Pooled, EXAMPLE, choose_runtime(RuntimeParams()), dynamic_axes=AXES)

    def failing():
        yield EXAMPLE
        raise OSError("the disk is gone")

    with pytest.raises(OSError, match="the disk is gone"):
        model.run(failing())
    assert len(model.run([EXAMPLE, EXAMPLE])) == 2


def test_batches_are_taken_as_streams_come_free_and_not_all_at_once():
    model = compile_module(Pooled, EXAMPLE, choose_runtime(RuntimeParams(threads=1)), dynamic_axes=AXES)
    alive, most = 0, 0

    class Counted(dict):
        def __init__(self):
            nonlocal alive, most
            super().__init__(EXAMPLE)
            alive += 1
            most = max(most, alive)

        def __del__(self):
            nonlocal alive
            alive -= 1

    model.run(Counted() for _ in range(50))
    assert most <= 4


def test_every_input_needs_its_dynamic_axes():
    with pytest.raises(ConfigError, match="dynamic_axes"):
        compile_module(Pooled, EXAMPLE, choose_runtime(RuntimeParams()), dynamic_axes={"ids": (0, 1)})


def test_a_module_that_cannot_be_converted_says_so_with_the_way_out():
    class Odd(nn.Module):
        def forward(self, x):
            raise NotImplementedError("no such thing")

    choice = choose_runtime(RuntimeParams(runtime="openvino", dtype="float32"))
    with pytest.raises(ConfigError, match=r"OpenVINO cannot convert Odd.*Use runtime 'torch'"):
        compile_module(Odd, {"x": np.ones((2, 2), np.float32)}, choice, dynamic_axes={"x": (0,)})


def test_torch_keeps_its_number_of_threads_for_the_rest_of_the_process():
    before = torch.get_num_threads()
    choice = choose_runtime(RuntimeParams(runtime="torch", threads=before + 1))
    compile_module(Pooled, EXAMPLE, choice, dynamic_axes=AXES).run([EXAMPLE])
    assert torch.get_num_threads() == before


def test_a_lone_short_input_is_computed_by_one_torch_thread():
    seen = []

    class Watching(Pooled):
        def forward(self, ids, mask):
            seen.append(torch.get_num_threads())
            return super().forward(ids, mask)

    choice = choose_runtime(RuntimeParams(runtime="torch", dtype="float32", threads=2))
    model = compile_module(Watching, EXAMPLE, choice, dynamic_axes=AXES)
    many = {name: np.tile(array, (600, 1)) for name, array in EXAMPLE.items()}
    model.run([EXAMPLE, many])
    assert seen == [1, 2]


def test_a_model_may_be_used_from_another_thread_than_the_one_that_made_it(batches, expected):
    model = compile_module(Pooled, EXAMPLE, choose_runtime(RuntimeParams()), dynamic_axes=AXES)
    results = []
    thread = threading.Thread(target=lambda: results.extend(model.run(batches)))
    thread.start()
    thread.join()
    assert [pooled.shape for pooled, _ in results] == [due.shape for due, _ in expected]
