"""The task of two-tower retrieval: of the items in a batch, tell which one the user took."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from training.models.retrieval import Retrieval, RetrievalConfig
from training.sequences import Sequences, next_item_gain

_BATCH: Final = 512
_METRIC: Final = "ndcg@10"


@dataclass(frozen=True, slots=True)
class RetrievalTask:
    """Softmax over the items of the batch, corrected by how often each is met (logQ: Yi et al. 2019)."""

    config: RetrievalConfig
    sequences: Sequences
    tags: NDArray[np.float32]
    """(I, T) the share of each tag: rows sum to 1, or to 0."""

    seed: int

    @property
    def metric(self) -> str:
        """How well the item that came next is placed."""
        return _METRIC

    def module(self) -> nn.Module:
        """Return the two towers with fresh weights."""
        return Retrieval(self.config, self.tags)

    def batches(self, epoch: int) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float32]]]:
        """Yield histories (N, L), the items that came next (N,), and each one's log share of all that came next (N,).

        Every item of a user but the first and the last is once what comes next.
        """
        starts, ends = self.sequences.starts[:-1], self.sequences.starts[1:]
        places = np.concatenate([np.arange(start + 1, end - 1) for start, end in zip(starts, ends, strict=True)])
        first = np.repeat(starts, np.maximum(ends - starts - 2, 0))
        shares = np.bincount(self.sequences.items[places], minlength=len(self.tags)) / max(len(places), 1)
        log_shares = np.log(np.maximum(shares, 1e-12)).astype(np.float32)
        order = np.random.default_rng([self.seed, epoch]).permutation(len(places))
        for start in range(0, len(order), _BATCH):
            chosen = order[start : start + _BATCH]
            before = places[chosen][:, None] - self.config.length + np.arange(self.config.length)
            real = before >= first[chosen][:, None]
            following = self.sequences.items[places[chosen]]
            yield np.where(real, self.sequences.items[np.maximum(before, 0)], -1), following, log_shares[following]

    def loss(
        self,
        module: Callable[..., Any],
        batch: tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float32]],
        device: str,
    ) -> Tensor:
        """Return the mean cross entropy of each user's own item among the batch's."""
        histories, following, log_shares = (torch.from_numpy(each).to(device) for each in batch)
        users, items = module(histories)
        logits = (users @ items[following].T).float() / self.config.temperature - log_shares
        numbers = torch.arange(len(following), device=device)
        # The same item further on in the batch is no wrong answer.
        same = (following[:, None] == following[None, :]) & (numbers[:, None] != numbers[None, :])
        return functional.cross_entropy(logits.masked_fill(same, -torch.inf), numbers)

    def validate(self, module: nn.Module, device: str) -> Mapping[str, float]:
        """Return NDCG@10 of the last item of each user, from those before."""
        users, gain, total = self.sequences.long_enough(2), 0.0, 0
        for start in range(0, len(users), _BATCH):
            some = users[start : start + _BATCH]
            histories = self.sequences.windows(some, self.config.length, back=1)
            vectors, items = module(torch.from_numpy(histories).to(device))
            scores = (vectors @ items.T).float().cpu().numpy()
            gain += next_item_gain(scores, histories, self.sequences.last(some)) * len(some)
            total += len(some)
        return {_METRIC: gain / total}
