"""Diversity: no run of the same author or category."""

from collections import Counter
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from serving.candidate import Candidates
from serving.query import Query


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
        catalogue = query.catalogue
        limits = (
            _Limit(catalogue.category[candidates.items], self.same_category),
            _Limit(catalogue.author[candidates.items], self.same_author),
        )
        return candidates.take(self._order(len(candidates), min(query.count, len(candidates)), limits))

    def _order(self, total: int, places: int, limits: "tuple[_Limit, ...]") -> NDArray[np.intp]:
        waiting = np.ones(total, np.bool_)
        chosen: list[int] = []
        for place in range(places):
            if place >= self.window:
                for limit in limits:
                    limit.leave(chosen[place - self.window])
            fitting = waiting.copy()
            for limit in limits:
                fitting &= ~limit.blocked
            best = int(np.argmax(fitting if fitting.any() else waiting))
            waiting[best] = False
            chosen.append(best)
            for limit in limits:
                limit.enter(best)
        return np.concatenate((np.array(chosen, np.intp), np.flatnonzero(waiting)))


class _Limit:
    """Which candidates are blocked because the window holds `most` of their kind; kind -1 is never blocked."""

    def __init__(self, kinds: NDArray[np.int32], most: int) -> None:
        self.blocked: NDArray[np.bool_] = np.zeros(len(kinds), np.bool_)
        self._kinds = kinds
        self._most = most
        self._inside: Counter[int] = Counter()

    def enter(self, position: int) -> None:
        kind = int(self._kinds[position])
        self._inside[kind] += 1
        if kind != -1 and self._inside[kind] == self._most:
            self.blocked |= self._kinds == kind

    def leave(self, position: int) -> None:
        kind = int(self._kinds[position])
        if kind != -1 and self._inside[kind] == self._most:
            self.blocked &= self._kinds != kind
        self._inside[kind] -= 1
