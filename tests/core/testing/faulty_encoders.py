"""Encoders of letters: a good one, and one for each way to be wrong. In a module, so that they can be pickled."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from dataclasses import replace
from functools import cached_property

import numpy as np
from pydantic import ConfigDict, Field

from chiasm.contracts import Encoder, ModelInfo, Params, Prepared
from chiasm.space import EmbeddingSpace


class LetterParams(Params):
    scale: float = Field(1.0, description="Of the counts.")


class Letters(Encoder[LetterParams]):
    """Good: how often each letter occurs, as a unit vector."""

    consumes = frozenset({"text"})
    space = EmbeddingSpace("letters", 27)

    def prepare(self, item, role="document"):
        text = item.text()
        return Prepared(text, cost=len(text) + 1, nbytes=len(text) * 4 + 100)

    def encode_prepared(self, prepared):
        rows = [self.row(each.value) for each in prepared]
        return np.stack(rows) if rows else np.zeros((0, 27), np.float32)

    def row(self, text):
        counts = np.bincount([min(ord(c) % 97, 26) for c in text[:5000]], minlength=27)[:27] + 0.01
        return (counts / np.linalg.norm(counts)).astype(np.float32)


class OpensFiles(Letters):
    def __init__(self, params, parts=None):
        super().__init__(params, parts)
        self.weights = np.zeros(1_000_000)


class StartsThreads(Letters):
    def __init__(self, params, parts=None):
        super().__init__(params, parts)
        threading.Thread(target=time.sleep, args=(3,), daemon=True).start()


class KeepsItsThreads(Letters):
    def load(self):
        threading.Thread(target=time.sleep, args=(3,), daemon=True).start()


class ModelsAreNames(Letters):
    def models(self):
        return ["letters"]


class ClosesOnce(Letters):
    model = None

    def load(self):
        self.model = object()

    def close(self):
        if self.model is None:
            raise RuntimeError("not loaded")
        self.model = None


class KeepsWeights(Letters):
    def load(self):
        self.weights = np.zeros(1_000_000)


class HoldsALock(Letters):
    def __init__(self, params, parts=None):
        super().__init__(params, parts)
        self.lock = threading.Lock()

    def __reduce__(self):
        return type(self), (self.params,), self.__dict__


class BareParams(Params):
    scale: float = 1.0


class UndescribedParams(Letters):
    pass


class LooseParams(Params):
    model_config = ConfigDict(extra="ignore", frozen=True)
    scale: float = Field(1.0, description="Of the counts.")


class OddParams(Params):
    scale: complex = Field(1 + 2j, description="Of the counts.")


class SetParams(Params):
    names: object = Field(frozenset({"a"}), description="Names.")


class ConsumesAList(Letters):
    consumes = ["text"]


class NewSpaceEachTime(Letters):
    @cached_property
    def space(self):
        return EmbeddingSpace("letters", 27, revision=str(id(self)))


class SpaceChangesOnLoad(Letters):
    def __init__(self, params, parts=None):
        super().__init__(params, parts)
        self.space = EmbeddingSpace("letters", 27)

    def load(self):
        self.space = replace(self.space, revision="loaded")


class Float64(Letters):
    def encode_prepared(self, prepared):
        return super().encode_prepared(prepared).astype(np.float64)


class WrongDimension(Letters):
    def encode_prepared(self, prepared):
        return super().encode_prepared(prepared)[:, :20]


class GivesAList(Letters):
    def encode_prepared(self, prepared):
        return list(super().encode_prepared(prepared))


class FailsOnNothing(Letters):
    def encode_prepared(self, prepared):
        return np.stack([self.row(each.value) for each in prepared])


class EmptyOfAnotherShape(Letters):
    def encode_prepared(self, prepared):
        return super().encode_prepared(prepared) if prepared else np.zeros((0,), np.float32)


class SortsByLength(Letters):
    def encode_prepared(self, prepared):
        return super().encode_prepared(sorted(prepared, key=lambda each: each.cost))


class AlwaysTheSame(Letters):
    def row(self, text):
        return super().row("the same")


class CentresTheBatch(Letters):
    def encode_prepared(self, prepared):
        vectors = super().encode_prepared(prepared)
        if len(vectors):
            vectors = vectors - 0.3 * vectors.mean(axis=0)
            vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        return vectors


class Random(Letters):
    def row(self, text):
        row = super().row(text) + np.random.default_rng().normal(0, 1e-4, 27)
        return (row / np.linalg.norm(row)).astype(np.float32)


class HashesWords(Letters):
    def row(self, text):
        counts = np.bincount([hash(word) % 27 for word in text.split()], minlength=27) + 0.01
        return (counts / np.linalg.norm(counts)).astype(np.float32)


class ChangesTheItem(Letters):
    def prepare(self, item, role="document"):
        item.value = item.text().lower()
        return super().prepare(item)


class EatsWhatIsPrepared(Letters):
    def prepare(self, item, role="document"):
        return Prepared(list(item.text()), nbytes=len(item.text()) * 100)

    def encode_prepared(self, prepared):
        vectors = super().encode_prepared([Prepared("".join(each.value)) for each in prepared])
        for each in prepared:
            each.value.clear()
        return vectors


class ReusesItsBuffer(Letters):
    buffer = np.zeros((10_000, 27), np.float32)

    def encode_prepared(self, prepared):
        vectors = super().encode_prepared(prepared)
        self.buffer[: len(vectors)] = vectors
        return self.buffer[: len(vectors)]


class SharesAScratchpad(Letters):
    """Threads that prepare at once get one another's texts."""

    scratch = ""

    def prepare(self, item, role="document"):
        self.scratch = item.text()
        time.sleep(0.002)
        return Prepared(self.scratch, nbytes=len(self.scratch) * 4)


class SaysItIsSmall(Letters):
    def prepare(self, item, role="document"):
        return Prepared(item.text() + "\0" * 1_000_000, nbytes=1)

    def row(self, text):
        return super().row(text.rstrip("\0"))


class NotNormalized(Letters):
    def row(self, text):
        return super().row(text) * 3


class FailsOnTheEmptyText(Letters):
    def row(self, text):
        if not text.strip():
            raise ZeroDivisionError("no letters")
        return super().row(text)


class NanOnTheEmptyText(Letters):
    def row(self, text):
        return super().row(text) if text.strip() else np.full(27, np.nan, np.float32)


class Prints(Letters):
    def encode_prepared(self, prepared):
        print("encoding", len(prepared))
        return super().encode_prepared(prepared)


class Downloads(Letters):
    def models(self):
        with socket.socket() as probe:
            probe.settimeout(0.1)
            with contextlib.suppress(OSError):
                probe.connect(("127.0.0.1", 9))
        return (ModelInfo("letters"),)
