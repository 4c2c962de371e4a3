"""MMR: a list of what is good and unlike what stands above it.

Maximal marginal relevance: each place goes to the candidate with the greatest

    balance * relevance - (1 - balance) * (greatest similarity to a candidate that stands above)

(J. Carbonell and J. Goldstein, "The use of MMR, diversity-based reranking for reordering documents and producing
summaries", SIGIR 1998; `balance` is their lambda.)
"""

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from serving.candidate import Candidates
from serving.query import Query
from training.features.facts import ItemFacts


class Mmr(BaseModel):
    """Fill the places one by one by maximal marginal relevance; behind them the order stays.

    Relevance is the candidate's merit, from 0 for the least of all to 1 for the greatest. Similarity is the share of
    what two items have in common among all categories, tags and authors that they have (Jaccard's), which is there for
    every item, whatever model is released. As it orders by merit, it undoes what rules of places before it did. The
    rule is its own configuration.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    name: ClassVar[str] = "mmr"

    balance: float = Field(
        default=0.7, ge=0, le=1, description="What relevance counts against variety; 1: relevance alone."
    )
    places: int = Field(default=50, ge=1, le=500, description="Places treated; each costs some 50 microseconds.")

    def apply(self, query: Query, candidates: Candidates) -> Candidates:
        """Return the same candidates, the first places varied."""
        places = min(query.count, self.places, len(candidates))
        worth = self.balance * _relevance(candidates)
        likeness = _Likeness(query.catalogue.facts(candidates.items))
        waiting = np.ones(len(candidates), np.bool_)
        nearest = np.zeros(len(candidates))
        chosen: list[int] = []
        for _ in range(places):
            best = int(np.argmax(np.where(waiting, worth - (1 - self.balance) * nearest, -np.inf)))
            waiting[best] = False
            chosen.append(best)
            np.maximum(nearest, likeness.to(best), out=nearest)
        return candidates.take(np.concatenate((np.array(chosen, np.intp), np.flatnonzero(waiting))))


def _relevance(candidates: Candidates) -> NDArray[np.float64]:
    """Return (N,) the merits, from 0 to 1; all 0 where they are equal."""
    merits = (candidates.scores if candidates.merits is None else candidates.merits).astype(np.float64)
    least = merits.min(initial=np.inf)
    span = merits.max(initial=-np.inf) - least
    return (merits - least) / span if span > 0 else np.zeros(len(merits))


class _Likeness:
    """How like each other N items are."""

    def __init__(self, facts: ItemFacts) -> None:
        # An author is no tag, whatever its name: authors are told from tags by their sign.
        known = np.flatnonzero(facts.author >= 0)
        words = np.concatenate((facts.tags, -1 - facts.author[known]))
        owners = np.concatenate((np.repeat(np.arange(len(facts)), facts.tag_counts), known))
        self._sizes = np.bincount(owners, minlength=len(facts))
        by_word = np.argsort(words, kind="stable")
        words, self._owners = words[by_word], owners[by_word]
        begins = np.searchsorted(words, words)
        ends = np.searchsorted(words, words, side="right")
        by_owner = np.argsort(self._owners, kind="stable")
        self._spans = np.stack((begins, ends), axis=1)[by_owner]
        self._starts = np.concatenate(([0], np.cumsum(self._sizes)))

    def to(self, item: int) -> NDArray[np.float64]:
        """Return (N,) how like the item each is, 0 to 1; 0 where neither has anything."""
        common = np.zeros(len(self._sizes))
        for begin, end in self._spans[self._starts[item] : self._starts[item + 1]].tolist():
            common[self._owners[begin:end]] += 1
        union = self._sizes + self._sizes[item] - common
        share: NDArray[np.float64] = np.divide(common, union, out=np.zeros(len(common)), where=union > 0)
        return share
