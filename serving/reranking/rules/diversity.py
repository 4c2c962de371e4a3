"""Diversity: no run of the same author or category."""

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from serving.candidate import Candidates
from serving.query import Query
from training.features.compiled import compiled, only_read
from training.features.distinct import distinct


class Diversity(BaseModel):
    """Fill each place with the best candidate that keeps every window of neighbouring places varied.

    Where no candidate left would keep it, the best one is taken: the order suffers, the list never does. Only the
    first `query.count` places are treated; behind them the order stays. The rule is its own configuration.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    name: ClassVar[str] = "diversity"

    window: int = Field(default=10, ge=2, le=100, description="Number of neighbouring places looked at together.")
    same_category: int = Field(default=5, ge=1, le=100, description="Most items of one first category in a window.")
    same_author: int = Field(default=2, ge=1, le=100, description="Most items of one author in a window.")

    def apply(self, query: Query, candidates: Candidates) -> Candidates:
        """Return the same candidates in the varied order."""
        catalogue, items = query.catalogue, candidates.items
        chosen = np.empty(min(query.count, len(items)), np.uint64)
        _fill(
            _kinds(catalogue.category[items]),
            _kinds(catalogue.author[items]),
            self.window,
            self.same_category,
            self.same_author,
            chosen,
        )
        waiting = np.ones(len(items), np.bool_)
        waiting[chosen] = False
        return candidates.take(np.concatenate((chosen.astype(np.intp), np.flatnonzero(waiting))))


def _kinds(words: NDArray[np.int32]) -> NDArray[np.uint64]:
    """Return (N,) which of the N words each is, from 1; 0 for none, which is -1."""
    return np.where(words < 0, 0, distinct(words.astype(np.uint64))[0] + 1).astype(np.uint64)


@compiled(only_read("uint64"), only_read("uint64"), "int64", "int64", "int64", "uint64[::1]")
def _fill(
    category: NDArray[np.uint64],
    author: NDArray[np.uint64],
    window: int,
    same_category: int,
    same_author: int,
    chosen: NDArray[np.uint64],
) -> None:
    """Fill the places (P,) with positions of candidates, each the first that fits, or else the first that is left.

    Args:
        category: (N,) from 1; 0 for none, which always fits.
        author: (N,) likewise.
        window: number of neighbouring places looked at together.
        same_category: most of a category in a window, and `same_author` of an author.
        same_author: see there.
        chosen: (P,) to be filled; P is N at most.
    """
    size = np.uint64(len(category))
    of_category, of_author = np.zeros(size + np.uint64(1), np.int64), np.zeros(size + np.uint64(1), np.int64)
    taken = np.zeros(size, np.bool_)
    first, one = np.uint64(0), np.uint64(1)
    for place in range(len(chosen)):
        if place >= window:
            of_category[category[chosen[place - window]]] -= 1
            of_author[author[chosen[place - window]]] -= 1
        while taken[first]:
            first += one
        best = at = first
        while at < size:
            varied = category[at] == 0 or of_category[category[at]] < same_category
            if not taken[at] and varied and (author[at] == 0 or of_author[author[at]] < same_author):
                best = at
                break
            at += one
        taken[best] = True
        chosen[place] = best
        of_category[category[best]] += 1
        of_author[author[best]] += 1
