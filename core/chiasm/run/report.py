"""What a run tells while it goes on, and at its end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from chiasm.contracts.engine import Failure


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run has come.

    Attributes:
        finished: Documents indexed, unchanged, partial or failed so far.
        total: Documents in all, where the source can tell; ``None`` otherwise.
        indexed: Documents indexed whole or in part.
        unchanged: Documents skipped because nothing of them changed.
        failed: Documents of which something failed.
        seconds: Since the run began.
        doing: What is under way besides, for example building the search index; empty usually.
    """

    finished: int
    total: int | None
    indexed: int
    unchanged: int
    failed: int
    seconds: float
    doing: str = ""


@dataclass(frozen=True, slots=True)
class StageTime:
    """Work done in one stage of a run.

    Attributes:
        count: Items through it.
        seconds: Inside it.
        errors: Items that failed.
    """

    count: int = 0
    seconds: float = 0.0
    errors: int = 0


@dataclass(frozen=True, slots=True)
class RunReport:
    """The result of a run.

    Attributes:
        indexed: Documents indexed whole.
        partial: Documents of which some fields failed.
        failed: Documents of which nothing could be indexed.
        unchanged: Documents skipped because nothing of them changed.
        deleted: Documents removed because their source no longer has them.
        points: Points written.
        seconds: From start to end.
        failures: The first hundred failures of this run; the journal has all of them.
        skipped: Files of types that are not read, by suffix.
        stages: Work by stage.
        interrupted: Whether the user stopped the run; what was finished is kept.
    """

    indexed: int = 0
    partial: int = 0
    failed: int = 0
    unchanged: int = 0
    deleted: int = 0
    points: int = 0
    seconds: float = 0.0
    failures: tuple[Failure, ...] = ()
    skipped: Mapping[str, int] = field(default_factory=dict)
    stages: Mapping[str, StageTime] = field(default_factory=dict)
    interrupted: bool = False

    @property
    def documents_per_second(self) -> float:
        """Documents indexed a second."""
        return (self.indexed + self.partial) / self.seconds if self.seconds else 0.0

    def plus(self, other: RunReport) -> RunReport:
        """Return both runs told as one."""
        stages = dict(self.stages)
        for name, stage in other.stages.items():
            so_far = stages.get(name, StageTime())
            stages[name] = StageTime(
                so_far.count + stage.count, so_far.seconds + stage.seconds, so_far.errors + stage.errors
            )
        return RunReport(
            self.indexed + other.indexed,
            self.partial + other.partial,
            self.failed + other.failed,
            self.unchanged + other.unchanged,
            self.deleted + other.deleted,
            self.points + other.points,
            self.seconds + other.seconds,
            self.failures + other.failures,
            Counter(self.skipped) + Counter(other.skipped),
            stages,
            self.interrupted or other.interrupted,
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the report as JSON values."""
        from dataclasses import asdict

        return asdict(self)

    def __str__(self) -> str:
        counts = {
            "indexed": self.indexed,
            "in part": self.partial,
            "failed": self.failed,
            "unchanged": self.unchanged,
            "deleted": self.deleted,
        }
        told = ", ".join(f"{count} {name}" for name, count in counts.items() if count or name == "indexed")
        return f"{told}; {self.points} points in {self.seconds:.1f} s" + ("; interrupted" if self.interrupted else "")
