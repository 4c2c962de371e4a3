"""Statistics of training examples that become part of a model: how it standardises and buckets its features."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from training.errors import UnfitExamplesError
from training.examples import Examples
from training.reservoir import Reservoir

SAMPLE: Final = 50_000
"""Rows that the edges are taken from: all, or a uniform sample of so many, which moves a quantile by 0.2 % or so."""

MAX_BUCKETS: Final = 256
"""The forward pass counts edges in a byte."""


@dataclass(frozen=True, slots=True)
class Preprocessing:
    """What each of F features is standardised with, and cut into buckets at."""

    mean: NDArray[np.float32]
    """(F,)."""

    std: NDArray[np.float32]
    """(F,) above 0: 1 where a feature is constant."""

    edges: NDArray[np.float32]
    """(F, B - 1) rising; +inf where a feature has fewer than B distinct buckets."""

    @property
    def tensors(self) -> dict[str, NDArray[np.float32]]:
        """The tensors of the model, by name."""
        return {"mean": self.mean, "std": self.std, "edges": self.edges}


def measure(batches: Iterable[Examples], buckets: int) -> Preprocessing:
    """Return the statistics of the examples, read once in a stream; a function of them and their order alone.

    Mean and deviation are exact (Chan, Golub, LeVeque: Updating Formulae. 1979), edges are quantiles of a sample of at
    most SAMPLE rows. Raises UnfitExamplesError if there are no examples.
    """
    count, mean, squares, sample = 0, np.zeros(0), np.zeros(0), None
    for batch in batches:
        values = batch.values.astype(np.float64)
        if sample is None:
            width = values.shape[1]
            mean, squares, sample = np.zeros(width), np.zeros(width), Reservoir(SAMPLE, width)
        own, total = values.mean(0), count + len(values)
        shift = own - mean
        squares += ((values - own) ** 2).sum(0) + shift**2 * (count * len(values) / total)
        mean += shift * (len(values) / total)
        count = total
        sample.add(batch.values)
    if sample is None:
        raise UnfitExamplesError("there are no examples to learn from; collect some, or look at the split by time")
    deviation = np.sqrt(squares / count)
    deviation[deviation <= 1e-6 * np.maximum(1.0, np.abs(mean))] = 1.0
    edges = np.stack([_edges(column, buckets) for column in sample.rows.T])
    return Preprocessing(mean.astype(np.float32), deviation.astype(np.float32), edges)


def _edges(column: NDArray[np.float32], buckets: int) -> NDArray[np.float32]:
    """Return (buckets - 1,) edges, padded with +inf: between all distinct values if they are few, else quantiles."""
    found, counts = np.unique(column, return_counts=True)
    if len(found) > buckets:
        shares = np.linspace(0, 1, buckets + 1)[1:-1]
        usual = found[counts.argmax()]
        # A value that many examples share (0, often) would take most quantiles: it gets a bucket, the rest share them.
        rest = column[column != usual] if counts.max() * buckets > len(column) else column
        found = np.unique(np.quantile(rest, shares, method="lower"))
        found = np.unique(np.append(found, usual))[-buckets:]
        cuts = found[found > column.min()][: buckets - 1]
    else:
        cuts = found[1:]
    return np.pad(cuts, (0, buckets - 1 - len(cuts)), constant_values=np.float32(np.inf)).astype(np.float32)
