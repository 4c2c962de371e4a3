"""Candidates: the items under consideration, as columns."""

from dataclasses import dataclass, replace
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from serving.errors import ProposalError
from training.features.distinct import positions


@dataclass(frozen=True, slots=True)
class Proposal:
    """What one channel proposes: P items, best first, none twice."""

    items: NDArray[np.int32]
    """(P,) item numbers."""

    scores: NDArray[np.float32]
    """(P,) the channel's own scores, falling; comparable within the channel only."""

    @classmethod
    def none(cls) -> Self:
        """Return the proposal of nothing."""
        return cls(np.empty(0, np.int32), np.empty(0, np.float32))

    def check(self, known: int, limit: int) -> None:
        """Raise ProposalError unless these are what they should be: at most `limit` items of the `known`, none twice.

        A channel reads models and indexes that others have filled. What breaks its word would break a stage behind it
        that may not fail, so it is the channel that has failed.
        """
        size = len(self.items)
        if size != len(self.scores) or size > limit:
            raise ProposalError(f"{size} items and {len(self.scores)} scores were proposed, of {limit} at most")
        rising = self.items.copy()
        rising.sort()  # once for both: it is the dearest part, and there is a proposal for each channel
        if size and not (rising[0] >= 0 and rising[-1] < known):
            raise ProposalError(f"an item was proposed that is none of the {known} in the catalogue")
        if np.count_nonzero(rising[1:] == rising[:-1]):
            raise ProposalError("an item was proposed twice")
        if np.count_nonzero(np.isfinite(self.scores)) < size:
            raise ProposalError("a score was proposed that is no number")


@dataclass(frozen=True, slots=True)
class Candidates:
    """N items under consideration, in order, none twice; columns, since every stage treats hundreds at once."""

    items: NDArray[np.int32]
    """(N,) item numbers."""

    scores: NDArray[np.float32]
    """(N,) the score of the latest stage that scored."""

    proposed: NDArray[np.float32]
    """(N, C) each channel's score; NaN where a channel did not propose the item."""

    channels: tuple[str, ...]
    """The C channels' names."""

    merits: NDArray[np.float32] | None = None
    """(N,) what rules order by where one has weighed the scores, which stay the ranker's; None: by the scores."""

    def __len__(self) -> int:
        return len(self.items)

    def take(self, order: NDArray[np.intp] | NDArray[np.bool_]) -> Self:
        """Return the candidates at these positions, in this order (or where the mask is true)."""
        if order.dtype == np.bool_ and np.count_nonzero(order) == len(self):
            return self  # as of most filters at most requests
        merits = None if self.merits is None else self.merits[order]
        return replace(
            self, items=self.items[order], scores=self.scores[order], proposed=self.proposed[order], merits=merits
        )

    def first(self, count: int) -> Self:
        """Return the first candidates, so many at most: views, in a fifth of the time of `take`."""
        merits = None if self.merits is None else self.merits[:count]
        return type(self)(self.items[:count], self.scores[:count], self.proposed[:count], self.channels, merits)

    def ranked(self, scores: NDArray[np.float32]) -> Self:
        """Return the candidates ordered by `scores`, (N,), falling; equal scores keep their order."""
        return replace(self, scores=scores, merits=None).take(falling(scores))

    def joined_by(self, channel: str, items: NDArray[np.int32], said: NDArray[np.float32]) -> Self:
        """Return the candidates, and after them these items, which must be others, scored below all of them.

        Args:
            channel: who brings them in.
            items: (K,) their numbers.
            said: (K,) the channel's own scores.
        """
        have = len(self)
        channels = self.channels if channel in self.channels else (*self.channels, channel)
        proposed = np.full((have + len(items), len(channels)), np.nan, np.float32)
        proposed[:have, : len(self.channels)] = self.proposed
        proposed[have:, channels.index(channel)] = said
        floor = min(0.0, float(self.scores.min(initial=0.0)))
        below = floor - np.arange(1, len(items) + 1, dtype=np.float32) / max(1, len(items))
        return replace(
            self,
            items=np.concatenate((self.items, items)),
            scores=np.concatenate((self.scores, below)),
            proposed=proposed,
            channels=channels,
            merits=None,
        )


NO_CANDIDATES: Final = Candidates(np.empty(0, np.int32), np.empty(0, np.float32), np.empty((0, 0), np.float32), ())
"""Of no channels."""


def places(items: NDArray[np.int32], wanted: NDArray[np.int32]) -> NDArray[np.intp]:
    """Return (K,) where in `items`, (N,) of which none stands twice, each of the (K,) wanted ones is.

    Raises LookupError if one is not among them.
    """
    found = positions(items, wanted)
    if np.count_nonzero(found == len(items)):
        raise LookupError(f"items {np.setdiff1d(wanted, items).tolist()} are not among the candidates")
    return found


def falling(scores: NDArray[np.float32]) -> NDArray[np.int64]:
    """Return (N,) the positions by score (N,), falling; equal scores keep their order, and NaN is the least.

    As whole numbers, which numpy sorts in a fifth of the time: those of floating-point numbers rise with them, but for
    negative ones, where they fall.
    """
    known = np.where(scores == scores, scores, np.float32(-np.inf)) + np.float32(0)  # of which -0 becomes 0
    bits = known.view(np.int32)
    rising = (bits ^ (bits >> 31 & 0x7FFFFFFF)).astype(np.int64)
    keys = (-rising << 32) + np.arange(len(scores))
    keys.sort()
    return keys & 0xFFFFFFFF
