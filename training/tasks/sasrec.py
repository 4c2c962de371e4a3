"""The task of SASRec: after each item of a history, say which item came next."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from training.models.sasrec import SASRec, SASRecConfig
from training.sequences import Sequences, next_item_gain

_BATCH: Final = 128
_METRIC: Final = "ndcg@10"


@dataclass(frozen=True, slots=True)
class SASRecTask:
    """Full softmax over all items at each position; the last item of each user but one is left for validation.

    The paper samples one negative a position. With a catalogue that fits, the full softmax is as fast and orders
    better (Klenitskiy, Vasilev: Turning Dross Into Gold Loss. RecSys 2023).
    """

    config: SASRecConfig
    sequences: Sequences
    items: int
    seed: int

    @property
    def metric(self) -> str:
        """How well the item that came next is placed."""
        return _METRIC

    def module(self) -> nn.Module:
        """Return SASRec with fresh weights."""
        return SASRec(self.config, self.items)

    def batches(self, epoch: int) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
        """Yield histories (S, L) and at each place the item after it, both without the last item; -1 for none."""
        users = self.sequences.long_enough(3)
        order = np.random.default_rng([self.seed, epoch]).permutation(users)
        for start in range(0, len(order), _BATCH):
            window = self.sequences.windows(order[start : start + _BATCH], self.config.length + 1, back=1)
            yield window[:, :-1], np.where(window[:, :-1] >= 0, window[:, 1:], -1)

    def loss(
        self, module: Callable[..., Any], batch: tuple[NDArray[np.int64], NDArray[np.int64]], device: str
    ) -> Tensor:
        """Return the mean cross entropy of the next item over all places that have one."""
        histories, following = (torch.from_numpy(each).to(device) for each in batch)
        states: Tensor = module(histories)
        wanted = following >= 0
        items = getattr(module, "items")  # noqa: B009 (of the module, or of what torch.compile made of it)
        return functional.cross_entropy((states[wanted] @ items.T).float(), following[wanted])

    def validate(self, module: nn.Module, device: str) -> Mapping[str, float]:
        """Return NDCG@10 of the last item of each user, from those before."""
        users, gain, total = self.sequences.long_enough(2), 0.0, 0
        for start in range(0, len(users), _BATCH):
            some = users[start : start + _BATCH]
            histories = self.sequences.windows(some, self.config.length, back=1)
            states = module(torch.from_numpy(histories).to(device))[:, -1]
            scores = (states @ module.get_parameter("items").T).float().cpu().numpy()
            gain += next_item_gain(scores, histories, self.sequences.last(some)) * len(some)
            total += len(some)
        return {_METRIC: gain / total}
