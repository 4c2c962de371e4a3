"""Shared words: which of a user's last interactions were on items of a candidate's author, or of its category."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from training.features.distinct import positions
from training.features.formulas import Numbers, numbered


@dataclass(frozen=True, slots=True)
class Shared:
    """The W words of M interactions, and where N candidates have them."""

    of_recents: NDArray[np.intp]
    """(M,) which word each interaction's item has, 0 to W - 1."""

    of_candidates: NDArray[np.intp]
    """(N,) which word each candidate has; W where it has none of them, or none at all."""

    words: int
    """W."""

    @classmethod
    def between(cls, candidates: NDArray[np.int32], recents: NDArray[np.int32]) -> Self:
        """Join the words of candidates, (N,), and of interactions, (M,); -1 is none."""
        words, of_recents = numbered(recents)
        if not len(words):
            return cls(of_recents, np.zeros(len(candidates), np.intp), 0)
        at = positions(words, candidates)
        return cls(of_recents, np.where(candidates >= 0, at, len(words)), len(words))

    def sums(self, values: Numbers) -> Numbers:
        """Return (N,) the sum of the values, (M,), of the interactions with the candidate's word."""
        by_word = np.bincount(self.of_recents, values, self.words + 1).astype(np.float64, copy=False)
        return by_word.take(self.of_candidates)
