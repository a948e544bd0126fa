"""Loaders of lines of numbers, as text: a good one, and one for each way to be wrong."""

from __future__ import annotations

import time

from chiasm.contracts import Loader, LoaderParams, NoParams
from chiasm.errors import UnreadableMedia

FILES = (b"1 2 3\n4 5 6\n", b"10 20\n" * 30)


class Numbers(Loader[LoaderParams]):
    """Good."""

    modality = "text"

    def decode(self, source, want):
        return self.parsed(source.read(self.params.limits.max_text_bytes), source)

    def parsed(self, data, source):
        try:
            return "\n".join(str([float(each) for each in line.split()]) for line in data.decode().splitlines())
        except ValueError as error:
            raise UnreadableMedia("it holds what is no number", where=source.name) from error


class NoModality(Numbers):
    modality = ""


class GivesNumbers(Numbers):
    def parsed(self, data, source):
        return [float(each) for each in data.split()]


class KnowsPathsOnly(Numbers):
    def decode(self, source, want):
        return source.path.read_text() if source.path else "in memory"


class Counts(Numbers):
    count = 0

    def parsed(self, data, source):
        self.count += 1
        return f"{super().parsed(data, source)} {self.count}"


class SharesAScratchpad(Numbers):
    scratch = b""

    def parsed(self, data, source):
        self.scratch = data
        time.sleep(0.002)
        return super().parsed(self.scratch, source)


class LetsErrorsThrough(Numbers):
    def parsed(self, data, source):
        return str([float(each) for each in data.split()])


class TakesNothingForSomething(Numbers):
    def decode(self, source, want):
        return super().decode(source, want) if source.path or source.data else ""


class KnowsNoLimits(Numbers):
    def decode(self, source, want):
        return self.parsed(source.read(10**9), source)


class LeavesFilesOpen(Numbers):
    kept = []

    def decode(self, source, want):
        if source.path:
            self.kept.append(source.open())
        return super().decode(source, want)


class Hashes(Numbers):
    def parsed(self, data, source):
        return f"{super().parsed(data, source)} {hash(str(data))}"


class Prints(Numbers):
    def parsed(self, data, source):
        print(len(data))
        return super().parsed(data, source)


class OtherParams(Numbers):
    def __init__(self, params, parts=None):
        super().__init__(params, parts)
        self.params = NoParams()
