"""Task: all that the training loop has to know of what is trained."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Protocol

from torch import Tensor, nn


class Task(Protocol):
    """Something to train."""

    @property
    def metric(self) -> str:
        """The metric of validation that decides when to stop and which weights are kept; greater is better."""

    def module(self) -> nn.Module:
        """Return a module with fresh weights, drawn from torch's generator."""

    def batches(self, epoch: int) -> Iterator[Any]:
        """Yield the epoch's batches; the same ones in the same order for the same epoch."""

    def loss(self, module: Callable[..., Any], batch: Any, device: str) -> Tensor:
        """Return the batch's loss, a scalar."""

    def validate(self, module: nn.Module, device: str) -> Mapping[str, float]:
        """Return the metrics of the module, which is in its evaluation mode; without gradients."""
