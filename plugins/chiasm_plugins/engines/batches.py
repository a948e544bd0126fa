"""Parts that wait for an encoder, handed to it in chunks large enough to sort by length.

Encoders run in one thread of their own, so that models never compete for the cores and yet need not wait while what
they gave is made into points: the next chunk lies ready when one is done.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from chiasm.contracts import Failure, Prepared, Sink, Vector, check_vectors
from chiasm.errors import ModelUnavailable
from chiasm.plan import EncodeStep, Plan
from chiasm.run.parts import Part
from chiasm.run.reading import PLUGIN_ERRORS, failure_of
from chiasm_plugins.engines.assembly import Assembly

Waiting = tuple[Part, Prepared]


FIRST_SHARE = 8
"""Idle encoders begin with this share of a chunk, so that they need not wait for a whole one to be read."""


@dataclass(slots=True)
class _UnderWay:
    """A chunk that an encoder works on, or is about to."""

    at: int
    step: EncodeStep
    count: int
    results: Future[tuple[list[tuple[Part, Vector | Failure]], float]]


class EncodeQueues:
    """One queue for each encode step of a plan. Use as a context manager, which ends the thread of the encoders.

    Args:
        plan: The plan.
        sink: Where failures and timings go.
        chunk_items: Items handed to an encoder at once, at most.
        chunk_bytes: Bytes of prepared media handed over at once, about.
        assembly: Where vectors go.
    """

    def __init__(self, plan: Plan, sink: Sink, chunk_items: int, chunk_bytes: int, assembly: Assembly) -> None:
        self._plan = plan
        self._sink = sink
        self._chunk_items = chunk_items
        self._chunk_bytes = chunk_bytes
        self._assembly = assembly
        self._waiting: list[list[Waiting]] = [[] for _ in plan.encodings]
        self._bytes = [0] * len(plan.encodings)
        self._under_way: _UnderWay | None = None
        self._encoders = ThreadPoolExecutor(1, thread_name_prefix="chiasm-encoders")

    def __enter__(self) -> EncodeQueues:
        return self

    def __exit__(self, *_: object) -> None:
        self._encoders.shutdown(wait=True, cancel_futures=True)

    def add(self, part: Part) -> None:
        """Queue a part for each of its encoders, and encode where a queue is full."""
        # Taken all at once: a queue that runs below may deliver the part's other vectors.
        prepared, part.prepared = part.prepared, dict.fromkeys(part.prepared, Prepared(None))
        for at, each in prepared.items():
            self._waiting[at].append((part, each))
            self._bytes[at] += each.nbytes
            if self._is_due(at):
                self._run(at)

    def _is_due(self, at: int) -> bool:
        """Whether a queue is full, or the encoders have nothing to do and it holds enough to begin with."""
        count = len(self._waiting[at])
        if count >= self._chunk_items or self._bytes[at] >= self._chunk_bytes:
            return True
        is_idle = self._under_way is None or self._under_way.results.done()
        return is_idle and count >= max(1, self._chunk_items // FIRST_SHARE)

    def drain(self) -> None:
        """Encode everything that waits."""
        for at in range(len(self._waiting)):
            self._run(at)
        self.wait()

    def wait(self) -> None:
        """Take the results of the chunk that is under way, if there is one; no encoder runs when it returns."""
        under_way, self._under_way = self._under_way, None
        if under_way is not None:
            self._take(under_way)

    def _run(self, at: int) -> None:
        waiting, self._waiting[at], self._bytes[at] = self._waiting[at], [], 0
        if not waiting:
            return
        step = self._plan.encodings[at]
        results = self._encoders.submit(self._encode_timed, step, waiting)
        before, self._under_way = self._under_way, _UnderWay(at, step, len(waiting), results)
        if before is not None:
            self._take(before)

    def _take(self, chunk: _UnderWay) -> None:
        results, seconds = chunk.results.result()
        errors = 0
        for part, vector in results:
            del part.prepared[chunk.at]
            if isinstance(vector, Failure):
                errors += 1
                self._sink.fail(vector)
                self._assembly.missed(part)
            else:
                self._assembly.deliver(part, chunk.step, vector)
        self._sink.stage(f"encode {chunk.step.by.name}", chunk.count, seconds, errors)

    def _encode_timed(
        self, step: EncodeStep, waiting: Sequence[Waiting]
    ) -> tuple[list[tuple[Part, Vector | Failure]], float]:
        started = time.perf_counter()
        return self._encode(step, waiting), time.perf_counter() - started

    def _encode(self, step: EncodeStep, waiting: Sequence[Waiting]) -> list[tuple[Part, Vector | Failure]]:
        """Encode a chunk; one that fails is halved until the items at fault are alone, so the others go on."""
        try:
            vectors = step.encoder.encode_prepared([each for _, each in waiting])
            check_vectors(vectors, len(waiting), step.encoder.space, step.by.name)
            return [(part, vector) for (part, _), vector in zip(waiting, vectors, strict=True)]
        except ModelUnavailable:
            raise
        except PLUGIN_ERRORS as error:
            if len(waiting) == 1:
                part = waiting[0][0]
                return [(part, failure_of(part.document.id, part.origin, "encode", error, step.by.name))]
            half = len(waiting) // 2
            return self._encode(step, waiting[:half]) + self._encode(step, waiting[half:])
