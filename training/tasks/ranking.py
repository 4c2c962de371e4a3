"""The task of ranking: order each group's examples by what will be done, and say how likely it is."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from training import losses
from training.example_files import ExampleReader
from training.examples import Examples
from training.group_metrics import GroupMetrics
from training.models.ranking import RankingModule
from training.recipe import Recipe


@dataclass(frozen=True, slots=True)
class RankingTask:
    """Trains a ranking model on examples; the loss is the recipe's mix of the pointwise and the listwise one."""

    recipe: Recipe
    train: ExampleReader
    validation: ExampleReader
    fresh: Callable[[], RankingModule]
    seed: int

    @property
    def metric(self) -> str:
        """The recipe's, of its first head."""
        return self.recipe.metric

    def module(self) -> nn.Module:
        """Return the model with fresh weights."""
        return self.fresh()

    def batches(self, epoch: int) -> Iterator[Examples]:
        """Yield the epoch's batches of whole groups."""
        size, buffer = self.recipe.fitting.batch, self.recipe.data.shuffle_buffer
        return self.train.batches(size, shuffle_buffer=buffer, seed=self.seed, epoch=epoch)

    def loss(self, module: Callable[..., Any], batch: Examples, device: str) -> Tensor:
        """Return the loss: over heads and kinds of loss, by the recipe's weights."""
        logits: Tensor = module(torch.from_numpy(batch.values).to(device)).float()
        labels, weight = torch.from_numpy(batch.labels).to(device), torch.from_numpy(batch.weight).to(device)
        settings = self.recipe.loss
        total = logits.new_zeros(len(self.recipe.heads))
        if settings.pointwise:
            total = total + settings.pointwise * losses.pointwise(logits, labels, weight)
        if settings.listwise:
            number = np.repeat(np.arange(len(batch.starts) - 1), np.diff(batch.starts))
            listwise = losses.listwise(logits, labels, weight, torch.from_numpy(number).to(device))
            total = total + settings.listwise * listwise
        weighted: Tensor = total * total.new_tensor(list(self.recipe.heads.values()))
        return weighted.sum()

    def validate(self, module: nn.Module, device: str) -> Mapping[str, float]:
        """Return the metrics of the first head, and of each further one as `head.metric`."""
        measured = {head: GroupMetrics() for head in self.recipe.heads}
        for batch in self.validation.batches(self.recipe.fitting.batch):
            logits = module(torch.from_numpy(batch.values).to(device)).float().cpu().numpy()
            for column, metrics in enumerate(measured.values()):
                metrics.add(logits[:, column], batch.labels[:, column], batch.group)
        first, *_ = self.recipe.heads
        return {
            name if head == first else f"{head}.{name}": value
            for head, metrics in measured.items()
            for name, value in metrics.values.items()
        }
