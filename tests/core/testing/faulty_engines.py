"""The local engine, and what happens when it is a little wrong."""

from __future__ import annotations

import contextlib
import threading
import time

from chiasm.errors import ChiasmError
from chiasm_plugins.engines.local import LocalEngine


class Between:
    """Stands between an engine and its sink."""

    def __init__(self, sink):
        self.sink = sink

    def write(self, points):
        self.sink.write(points)

    def fail(self, failure):
        self.sink.fail(failure)

    def finish(self, document):
        self.sink.finish(document)

    def stage(self, *told):
        self.sink.stage(*told)


class Wrapped(LocalEngine):
    Sink = Between

    def run(self, plan, documents, sink):
        super().run(plan, documents, self.Sink(sink))


class FinishesTwice(Wrapped):
    class Sink(Between):
        def finish(self, document):
            self.sink.finish(document)
            self.sink.finish(document)


class WritesLate(Wrapped):
    class Sink(Between):
        late = ()

        def write(self, points):
            self.sink.write(self.late)
            self.late = points

        def finish(self, document):
            self.sink.finish(document)
            self.sink.write(self.late)
            self.late = ()


class WritesTwice(Wrapped):
    class Sink(Between):
        def write(self, points):
            self.sink.write(points)
            self.sink.write(points)


class SwallowsFailures(Wrapped):
    class Sink(Between):
        def fail(self, failure):
            pass


class InventsResults(Wrapped):
    def run(self, plan, documents, sink):
        super().run(plan, documents, sink)
        sink.stage("encode", 0, 0.0, 0)
        sink.fail(None)


class TakesEverythingAtOnce(LocalEngine):
    def run(self, plan, documents, sink):
        super().run(plan, iter(list(documents)), sink)


class UsesThreads(Wrapped):
    class Sink(Between):
        def finish(self, document):
            thread = threading.Thread(target=self.sink.finish, args=(document,))
            thread.start()
            thread.join()


class SwallowsErrors(LocalEngine):
    def run(self, plan, documents, sink):
        with contextlib.suppress(ChiasmError, OSError, KeyboardInterrupt):
            super().run(plan, documents, sink)


class RunsOnce(LocalEngine):
    used = False

    def run(self, plan, documents, sink):
        if not self.used:
            self.used = True
            super().run(plan, documents, sink)


class LeavesAThread(LocalEngine):
    def run(self, plan, documents, sink):
        threading.Thread(target=time.sleep, args=(3,), daemon=True).start()
        super().run(plan, documents, sink)
