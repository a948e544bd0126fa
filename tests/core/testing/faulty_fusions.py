"""Fusions, good and wrong in one way each."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from pydantic import Field

from chiasm.contracts import EarlyFusion, HybridFusion, LateFusion, NoParams, Params, Ranking, StoreFusion
from chiasm.errors import FusionError, SpaceMismatch
from chiasm.space import EmbeddingSpace


class Weighted(Params):
    weights: dict[str, float] = Field(default_factory=dict, description="By field.")


class Mean(EarlyFusion[Weighted]):
    """Good: the mean of the fields that are there, of length 1."""

    def space(self, inputs):
        if not inputs or len(set(inputs.values())) > 1:
            raise SpaceMismatch("fields of one space are fused")
        (space,) = set(inputs.values())
        if space.kind != "dense":
            raise SpaceMismatch("dense fields are fused")
        return space

    def fuse(self, vectors, present):
        if len({len(rows) for rows in vectors.values()}) > 1:
            raise FusionError("fields have different numbers of rows")
        total = sum(self.share(name, present[name])[:, None] * rows for name, rows in vectors.items())
        if not np.isfinite(total).all():
            raise FusionError("values that are not finite")
        return self.scaled(total)

    def share(self, name, mask):
        return self.params.weights.get(name, 1.0) * mask

    def scaled(self, total):
        return (total / np.maximum(np.linalg.norm(total, axis=1, keepdims=True), 1e-9)).astype(np.float32)


class SpaceOfItsOwn(Mean):
    def space(self, inputs):
        return replace(super().space(inputs), revision=str(id(self)))


class TakesTheFirstField(Mean):
    def space(self, inputs):
        return next(iter(inputs.values()))


class Crashes(Mean):
    def space(self, inputs):
        return EmbeddingSpace("x", next(iter(inputs.values())).dim)


class Float64(Mean):
    def scaled(self, total):
        return super().scaled(total).astype(np.float64)


class NotNormalized(Mean):
    def scaled(self, total):
        return total.astype(np.float32)


class IgnoresMasks(Mean):
    def share(self, name, mask):
        return np.ones(len(mask))


class IgnoresVectors(Mean):
    def scaled(self, total):
        return super().scaled(np.ones_like(total))


class CentresTheBatch(Mean):
    def scaled(self, total):
        return super().scaled(total - total.mean(axis=0) if len(total) else total)


class CountsFields(Mean):
    """The first field named counts more."""

    def fuse(self, vectors, present):
        first = next(iter(vectors))
        return super().fuse({**vectors, first: 3 * vectors[first]}, present)


class Random(Mean):
    def scaled(self, total):
        return super().scaled(total + np.random.default_rng().normal(0, 0.01, total.shape))


class ChangesArrays(Mean):
    def fuse(self, vectors, present):
        for name, rows in vectors.items():
            rows[~present[name]] = 0
        return super().fuse(vectors, present)


class AddsWeights(Mean):
    def share(self, name, mask):
        return (self.params.weights.get(name, 0.0) + 0.5) * mask


class TakesNan(Mean):
    def fuse(self, vectors, present):
        return super().fuse({name: np.nan_to_num(rows) for name, rows in vectors.items()}, present)


class Prints(Mean):
    def scaled(self, total):
        print(total.shape)
        return super().scaled(total)


class Borda(LateFusion[Weighted]):
    """Good: sources vote, the best place has the most."""

    def check(self, sources):
        if unknown := set(self.params.weights) - set(sources):
            raise FusionError(f"no source {unknown}")

    def score(self, candidates):
        weights = np.array([self.params.weights.get(source, 1.0) for source in candidates.sources])
        votes = np.where(candidates.found, 1.0 / (10 + candidates.ranks), 0.0)
        return self.total(weights @ votes, candidates)

    def total(self, votes, candidates):
        return votes


class FusesToADict(Borda):
    def fuse(self, rankings, limit=None, available=None):
        return dict.fromkeys(super().fuse(rankings, limit, available).ids, 1.0)


class FusesNothingToSomething(Borda):
    def fuse(self, rankings, limit=None, available=None):
        fused = super().fuse(rankings, limit, available)
        return fused if len(fused) else Ranking(("nothing",), np.array([0.0]))


class AskedForFewReordersThem(Borda):
    def fuse(self, rankings, limit=None, available=None):
        fused = super().fuse(rankings, limit, available)
        return Ranking(fused.ids[::-1], fused.scores) if limit and limit < 4 else fused


class FirstSourceWins(Borda):
    def fuse(self, rankings, limit=None, available=None):
        return super().fuse(dict(list(rankings.items())[:1]), limit, available)


class ByName(Borda):
    def total(self, votes, candidates):
        return votes + candidates.codes / 1000


class TurnsOneAround(Borda):
    def total(self, votes, candidates):
        return -votes if len(candidates.sources) == 1 else votes


class Contrarian(Borda):
    def total(self, votes, candidates):
        return -votes


class PunishesTheFirst(Borda):
    def total(self, votes, candidates):
        return votes - 2 * (candidates.ranks == 1).sum(axis=0)


class CountsWeightsAsVotes(Borda):
    def total(self, votes, candidates):
        alone = np.where(candidates.found, 0.02, 0.0).sum(axis=0)
        return votes + alone


class MixesQueries(Borda):
    def total(self, votes, candidates):
        return votes - 3 * candidates.query * (candidates.ranks == 1).any(axis=0)


class TakesAnything(Borda):
    def fuse(self, rankings, limit=None, available=None):
        try:
            return super().fuse(rankings, limit, available)
        except FusionError:
            return Ranking((), np.empty(0))


class ChangesRankings(Borda):
    def fuse(self, rankings, limit=None, available=None):
        fused = super().fuse(rankings, limit, available)
        for each in rankings.values():
            each.scores[:] = 0
        return fused


class ChecksWithValueErrors(Borda):
    def check(self, sources):
        raise ValueError("no weights")


class StoreKnowsNot(Borda):
    def in_store(self):
        return StoreFusion("borda")


class Hashes(Borda):
    def total(self, votes, candidates):
        return votes * (1 + hash("salt") % 2 * (candidates.ranks.max(axis=0) - 3))


class PrintsLate(Borda):
    def total(self, votes, candidates):
        print(votes)
        return votes


class Both(HybridFusion[NoParams]):
    """Good: mean and votes."""

    def __init__(self, params, parts=None):
        super().__init__(params, parts)
        self._early = self.early_class(Weighted())
        self._late = self.late_class(Weighted())

    early_class, late_class = Mean, Borda

    @property
    def early(self):
        return self._early

    @property
    def late(self):
        return self._late


class NewEachTime(Both):
    @property
    def early(self):
        return Mean(Weighted())


class FaultyEarly(Both):
    early_class = IgnoresMasks


class FaultyLate(Both):
    late_class = Contrarian
