"""The local engine: threads read and decode, one model runs at a time, results go to the sink."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from typing import Any

from chiasm.contracts import Component, Engine, Failure, Sink
from chiasm.media import Document
from chiasm.plan import Plan
from chiasm.run.loading import Loading
from chiasm.run.parts import Part
from chiasm.run.reading import ItemReader
from chiasm_plugins.engines.ahead import Begun, ReadAhead, WhollyRead
from chiasm_plugins.engines.assembly import Assembly
from chiasm_plugins.engines.batches import EncodeQueues
from chiasm_plugins.engines.local_params import LocalParams


class LocalEngine(Engine[LocalParams]):
    """Runs a plan in this process.

    One model runs at a time, so models never compete for the cores; work furthest along goes first, which keeps what
    waits in memory small.
    """

    def run(self, plan: Plan, documents: Iterator[Document], sink: Sink) -> None:
        """Index every document; see ``Engine.run``."""

        def on_load(component: Component[Any], seconds: float) -> None:
            names = [each.name for each in plan.components if each.component is component]
            sink.stage(f"load {names[0] if names else type(component).__name__}", 1, seconds, 0)

        reader = ItemReader(plan, Loading(on_load))
        threads = self.params.readers or min(4, os.cpu_count() or 1)
        assembly = Assembly(plan, sink, self.params.write_points)
        with (
            EncodeQueues(plan, sink, self.params.chunk_items, self.params.chunk_bytes, assembly) as queues,
            ReadAhead(documents, reader, threads, self.params.ahead_bytes) as ahead,
        ):
            flow = _Flow(plan, reader, sink, assembly, queues)
            for event in ahead:
                flow.take(event)
            flow.drain()
            ahead.check()


class _Flow:
    """What the calling thread does with each event: translate, gather for encoders, assemble."""

    def __init__(self, plan: Plan, reader: ItemReader, sink: Sink, assembly: Assembly, queues: EncodeQueues) -> None:
        self._plan = plan
        self._reader = reader
        self._sink = sink
        self._assembly = assembly
        self._queues = queues

    def take(self, event: Begun | Part | Failure | WhollyRead) -> None:
        match event:
            case Begun(document):
                self._assembly.begin(document)
            case WhollyRead(document):
                self._assembly.wholly_read(document)
            case Failure():
                self._sink.fail(event)
            case Part():
                self._take_part(event)

    def drain(self) -> None:
        self._queues.drain()
        self._assembly.drain()

    def _take_part(self, part: Part) -> None:
        item, part.item = part.item, None
        self._assembly.expect(part.document, len(part.prepared) + (item is not None))
        self._queues.add(part)
        if item is None:
            return
        for step in self._plan.translations_of(part.field):
            if not step.translator.beside_model:
                self._queues.wait()
                started, count, errors = time.perf_counter(), 0, 0
                for result in self._reader.translate(part.document, step, item, part.origin, part.span):
                    count += isinstance(result, Part)
                    errors += isinstance(result, Failure)
                    self.take(result)
                self._sink.stage(f"translate {step.by.name}", count, time.perf_counter() - started, errors)
        self._assembly.settle(part.document)
