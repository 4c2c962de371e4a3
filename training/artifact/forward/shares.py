"""Shares: items' tags as the towers read them."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def tag_shares(tags: Sequence[Sequence[str]], words: Sequence[str]) -> NDArray[np.float32]:
    """Return (N, max(T, 1)) each item's tags as shares that sum to 1, or to 0 where it has none of the T words."""
    number = {word: place for place, word in enumerate(words)}
    shares = np.zeros((len(tags), max(len(words), 1)), np.float32)
    for row, own in zip(shares, tags, strict=True):
        known = sorted({number[word] for word in own if word in number})
        row[known] = 1 / max(len(known), 1)
    return shares
