"""Trains the network of a fusion: objectives, modality dropout, held-out documents, seeds."""

from __future__ import annotations

import copy
import math
from collections.abc import Iterator
from typing import Literal

import torch
from torch.nn import functional

from chiasm.fusion import FieldBatch
from chiasm_plugins.fusions.network import Fields, FusionNetwork, tensors
from chiasm_plugins.fusions.neural_params import NeuralParams
from chiasm_plugins.fusions.objectives import contrastive, hide_fields, two_views

Goal = Literal["classes", "groups", "views"]

MIN_HELD_OUT = 8
"""Fewer documents than this tell nothing of when to stop."""


class Trainer:
    """Trains one network on one batch of documents.

    Args:
        network: Made, its weights at their start.
        batch: The documents.
        target: int64 ``[n]``: class or group; ``None`` for ``views``.
        goal: What is learnt.
        params: How.
    """

    def __init__(
        self, network: FusionNetwork, batch: FieldBatch, target: torch.Tensor | None, goal: Goal, params: NeuralParams
    ) -> None:
        self._network = network
        self._fields = tensors(batch)
        self._present = torch.from_numpy(batch.mask)
        self._target = torch.arange(len(batch)) if target is None else target
        self._goal = goal
        self._params = params
        self._chance = torch.Generator().manual_seed(params.seed)

    def run(self) -> None:
        """Train until held-out documents get no better; the network keeps the best weights and is set to ``eval``."""
        params = self._params
        train, held_out = self._split()
        steps = params.epochs * math.ceil(len(train) / params.batch)
        optimizer = torch.optim.AdamW(
            self._network.parameters(), lr=params.learning_rate, weight_decay=params.weight_decay
        )
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, params.learning_rate, total_steps=steps + 1)
        best, best_loss, waited = None, math.inf, 0
        for _ in range(params.epochs):
            self._network.train()
            for rows in self._batches(train):
                optimizer.zero_grad()
                self._loss(rows, self._chance, params.modality_dropout).backward()
                torch.nn.utils.clip_grad_norm_(self._network.parameters(), 1.0)
                optimizer.step()
                schedule.step()
            if len(held_out):
                loss = self._held_out_loss(held_out)
                waited = 0 if loss < best_loss else waited + 1
                if loss < best_loss:
                    best, best_loss = copy.deepcopy(self._network.state_dict()), loss
                if waited >= params.patience:
                    break
        if best is not None:
            self._network.load_state_dict(best)
        self._network.eval()

    def _split(self) -> tuple[torch.Tensor, torch.Tensor]:
        order = torch.randperm(len(self._present), generator=self._chance)
        count = round(len(order) * self._params.held_out)
        count = count if count >= MIN_HELD_OUT else 0
        return order[count:], order[:count]

    def _batches(self, rows: torch.Tensor) -> Iterator[torch.Tensor]:
        shuffled = rows[torch.randperm(len(rows), generator=self._chance)]
        for part in shuffled.split(self._params.batch):
            # A contrast needs a second document.
            if len(part) > 1 or self._goal == "classes":
                yield part

    def _held_out_loss(self, rows: torch.Tensor) -> float:
        self._network.eval()
        # The same fields are hidden each time, so that epochs can be compared.
        chance = torch.Generator().manual_seed(self._params.seed + 1)
        with torch.no_grad():
            losses = [self._loss(part, chance, self._params.modality_dropout) * len(part) for part in rows.split(1024)]
        return float(torch.stack(losses).sum() / len(rows))

    def _loss(self, rows: torch.Tensor, chance: torch.Generator, hidden: float) -> torch.Tensor:
        present, target = self._present[rows], self._target[rows]
        if self._goal == "classes":
            fused = self._network(self._shown(rows, hide_fields(present, hidden, chance)))
            return functional.cross_entropy(self._network.logits(fused), target)
        if self._goal == "views":
            shown = two_views(present, chance)
        else:
            shown = hide_fields(present, hidden, chance), hide_fields(present, hidden, chance)
        one, other = (self._network(self._shown(rows, each)) for each in shown)
        return contrastive(one, other, target, self._params.temperature)

    def _shown(self, rows: torch.Tensor, shown: torch.Tensor) -> Fields:
        return [
            (values[rows], mask[rows] & shown[:, at].reshape(-1, *[1] * (mask.ndim - 1)))
            for at, (values, mask) in enumerate(self._fields)
        ]
