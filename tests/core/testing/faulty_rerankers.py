"""Rerankers by shared words: a good one, and one for each way to be wrong."""

from __future__ import annotations

import random

import numpy as np

from chiasm.contracts import NoParams, Reranker


class SharedWords(Reranker[NoParams]):
    """Good."""

    consumes = frozenset({"text"})

    def score(self, query, candidates):
        words = {word for item in query for word in item.text().lower().split()}
        return np.array([self.one(words, each) for each in candidates])

    def one(self, words, candidate):
        found = candidate.text.lower().split()
        return sum(word in words for word in found) / (1 + len(found))


class ConsumesAString(SharedWords):
    consumes = "text"
    reads = frozenset({"text"})


class GivesAList(SharedWords):
    def score(self, query, candidates):
        return super().score(query, candidates).tolist()


class AllAlike(SharedWords):
    def one(self, words, candidate):
        return 1.0


class Sorts(SharedWords):
    def score(self, query, candidates):
        return np.sort(super().score(query, candidates))[::-1]


class Normalizes(SharedWords):
    def score(self, query, candidates):
        scores = super().score(query, candidates)
        return scores / max(scores.sum(), 1e-9)


class Random(SharedWords):
    def one(self, words, candidate):
        return super().one(words, candidate) + random.random() / 10


class ChangesTheQuery(SharedWords):
    def score(self, query, candidates):
        for item in query:
            item.value = item.value.upper()
        return super().score(query, candidates)


class FailsOnTheEmptyText(SharedWords):
    def one(self, words, candidate):
        return super().one(words, candidate) / len(candidate.text.split())


class Prints(SharedWords):
    def one(self, words, candidate):
        print(candidate)
        return super().one(words, candidate)
