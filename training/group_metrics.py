"""How well scores order groups: what early stopping looks at, in one pass over batches of whole groups."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

CUT: Final = 10
"""Places of a list that NDCG looks at."""


@dataclass(slots=True)
class GroupMetrics:
    """Adds up a head's NDCG@10 and AUC within groups (GAUC), and its log loss; labels of NaN are left out."""

    gain: float = 0.0
    ranked: int = 0
    concordance: float = 0.0
    paired: int = 0
    loss: float = 0.0
    known: int = 0

    def add(self, logits: NDArray[np.float32], labels: NDArray[np.float32], group: NDArray[np.int64]) -> None:
        """Count a batch of whole groups: each column is (E,), a group's examples next to each other."""
        kept = ~np.isnan(labels)
        scores, truth, group = logits[kept].astype(np.float64), labels[kept].astype(np.float64), group[kept]
        if not len(scores):
            return
        self.loss += float((np.logaddexp(0, scores) - truth * scores).sum())
        self.known += len(scores)
        _, number = np.unique(group, return_inverse=True)
        sizes, positive = np.bincount(number), np.bincount(number, truth).astype(np.float64)
        first = np.cumsum(sizes) - sizes
        self._add_gain(scores, truth, number, first, positive)
        self._add_concordance(scores, truth, number, sizes, positive)

    @property
    def values(self) -> dict[str, float]:
        """The metrics by name; one that no group could show is left out."""
        found = {
            f"ndcg@{CUT}": self.gain / self.ranked if self.ranked else None,
            "gauc": self.concordance / self.paired if self.paired else None,
            "log_loss": self.loss / self.known if self.known else None,
        }
        return {name: value for name, value in found.items() if value is not None}

    def _add_gain(
        self,
        scores: NDArray[np.float64],
        truth: NDArray[np.float64],
        number: NDArray[np.intp],
        first: NDArray[np.intp],
        positive: NDArray[np.float64],
    ) -> None:
        # Of equal scores, those without a label come first: a constant gains nothing by the order it was given.
        order = np.lexsort((truth, -scores, number))
        place = np.arange(len(order)) - first[number[order]]
        gains = np.where(place < CUT, truth[order] / np.log2(place + 2), 0)
        ideal = np.concatenate(([0.0], np.cumsum(1 / np.log2(np.arange(CUT) + 2))))
        best = ideal[np.minimum(positive, CUT).astype(np.intp)]
        reached = np.bincount(number[order], gains)
        can = positive > 0
        self.gain += float((reached[can] / best[can]).sum())
        self.ranked += int(can.sum())

    def _add_concordance(
        self,
        scores: NDArray[np.float64],
        truth: NDArray[np.float64],
        number: NDArray[np.intp],
        sizes: NDArray[np.intp],
        positive: NDArray[np.float64],
    ) -> None:
        order = np.lexsort((scores, number))
        sorted_scores, sorted_group = scores[order], number[order]
        new = np.append(True, (np.diff(sorted_scores) != 0) | (np.diff(sorted_group) != 0))
        run = np.cumsum(new) - 1
        middle = np.bincount(run, np.arange(len(order))) / np.bincount(run)  # equal scores share their mean rank
        first = np.cumsum(sizes) - sizes
        ranks = middle[run] - first[sorted_group]
        above = np.bincount(sorted_group, ranks * truth[order])
        negative = sizes - positive
        can = (positive > 0) & (negative > 0)
        pairs = positive[can] * negative[can]
        auc = (above[can] - positive[can] * (positive[can] - 1) / 2) / pairs
        self.concordance += float((auc * sizes[can]).sum())
        self.paired += int(sizes[can].sum())
