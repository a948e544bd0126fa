"""Following one call of a torch module, to convert it."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

_CHATTY = ("transformers", "torch.onnx", "onnxscript", "onnx_ir", "nncf")


@contextmanager
def following_a_call() -> Iterator[None]:
    """Be without gradients and without notices: following a call, libraries warn of every branch that they take."""
    import torch

    levels = {name: logging.getLogger(name).level for name in _CHATTY}
    for name in _CHATTY:
        logging.getLogger(name).setLevel(logging.ERROR)
    try:
        with torch.inference_mode(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for name, level in levels.items():
            logging.getLogger(name).setLevel(level)
