"""Tastes: what a user likes, tag by tag, and how the candidates meet it.

A profile holds a number for each tag. What an item has of it is the sum over its tags; the cosine between the profile
and the item's set of tags is that sum over the length of the profile and the root of the number of tags.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from training.features.distinct import positions
from training.features.facts import ItemFacts, UserFacts
from training.features.formulas import numbered
from training.features.recents import Recents
from training.features.segments import spread, sums

_SHRINKAGE: Final = 3.0
"""Rates that a tag's mean is drawn towards the user's own mean by."""

Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Tastes:
    """Profiles of one user, and how N candidates meet them."""

    user: UserFacts
    recents: Recents
    facts: ItemFacts
    """Of the N candidates."""

    @cached_property
    def affinity(self) -> Numbers:
        """(T,) the user's affinity for each tag of each candidate, one after the other; 0 for a tag not met."""
        return self._affinities[self._tag_places]

    @cached_property
    def affinity_sum(self) -> Numbers:
        """(N,) the sum of the affinities for the candidate's tags."""
        return self._over(self._affinities)

    @cached_property
    def affinity_mean(self) -> Numbers:
        """(N,) their mean; NaN for a candidate without tags."""
        return self._per_tag(self.affinity_sum)

    @cached_property
    def category_affinity(self) -> Numbers:
        """(N,) the affinity for the candidate's first category; NaN where it has none."""
        category = self.facts.category
        return np.where(category < 0, np.nan, self._affinities[positions(self._known[0], category)])

    @cached_property
    def affinity_max(self) -> Numbers:
        """(N,) the greatest of them; NaN for a candidate without tags."""
        best = np.full(len(self.facts), np.nan)
        tagged = np.flatnonzero(self.facts.tag_counts)
        if len(tagged):
            best[tagged] = np.maximum.reduceat(self.affinity, self.facts.tag_starts[tagged])
        return best

    @cached_property
    def affinity_cosine(self) -> Numbers:
        """(N,) between the user's affinities and the candidate's tags; NaN where either has none."""
        return self._cosine(self.affinity_sum, self.user.affinities)

    @cached_property
    def recent_cosine(self) -> Numbers:
        """(N,) between the tags of the last interactions, weighted by recency, and the candidate's; as above."""
        profile = self._of_recents(self.recents.weight)
        return self._cosine(self._over(profile), profile)

    @cached_property
    def liking(self) -> Numbers:
        """(N,) mean over the candidate's tags of how the user rated items with the tag, against the user's mean.

        In stars, each tag's mean drawn towards 0 as if by 3 rates of it; NaN where there is no rate or no tag.
        """
        recents, rated = self.recents, self.recents.rated
        if not rated.any():
            return np.full(len(self.facts), np.nan)
        distance = np.where(rated, recents.stars - recents.stars[rated].mean(), 0.0)
        means = self._of_recents(distance) / (self._of_recents(rated.astype(np.float64)) + _SHRINKAGE)
        return self._per_tag(self._over(means))

    @cached_property
    def met(self) -> Numbers:
        """(N,) share of the candidate's tags that an item of the last interactions has; NaN where it has no tag."""
        met = self._of_recents(np.ones(len(self.recents))) > 0
        return self._per_tag(self._over(met.astype(np.float64)))

    def similarity(self, last: int) -> Numbers:
        """Return (N,) the mean cosine between the candidate's tags and each of the last items'; NaN as above."""
        if not len(self.recents):
            return np.full(len(self.facts), np.nan)
        last = min(last, len(self.recents))
        unit = np.zeros(len(self.recents))
        unit[:last] = 1 / np.sqrt(np.maximum(self.recents.facts.tag_counts[:last], 1))
        similarity: Numbers = self._over(self._of_recents(unit)) / self._lengths / last
        return similarity

    @cached_property
    def _lengths(self) -> Numbers:
        """(N,) root of the number of tags; NaN where there is none."""
        counts = self.facts.tag_counts
        return np.sqrt(np.where(counts > 0, counts, np.nan))

    @cached_property
    def _known(self) -> tuple[NDArray[np.int32], NDArray[np.intp]]:
        """(V,) the tags that the user has anything to do with, rising; and where among them his and the recents' are.

        A profile has one place more, for all other tags: a tenant may have a million of them, a user a few hundred.
        """
        theirs = np.concatenate((self.user.tags, self.recents.facts.tags))
        return numbered(theirs)

    @cached_property
    def _tag_places(self) -> NDArray[np.intp]:
        """(T,) where the candidates' tags are in a profile, one after the other."""
        return positions(self._known[0], self.facts.tags)

    @cached_property
    def _affinities(self) -> Numbers:
        """(V + 1,) profile: the user's affinities."""
        known, places = self._known
        profile = np.zeros(len(known) + 1)
        profile[places[: len(self.user.tags)]] = self.user.affinities
        return profile

    def _of_recents(self, values: Numbers) -> Numbers:
        """Return (V + 1,) profile: the sum of the values of the interactions whose item has the tag."""
        known, places = self._known
        return spread(values, places[len(self.user.tags) :], self.recents.facts.tag_starts, len(known) + 1)

    def _over(self, profile: Numbers) -> Numbers:
        """Return (N,) the sum of the profile over each candidate's tags."""
        return sums(profile, self._tag_places, self.facts.tag_starts)

    def _per_tag(self, total: Numbers) -> Numbers:
        return total / self._lengths**2

    def _cosine(self, total: Numbers, profile: Numbers) -> Numbers:
        length = float(np.sqrt((profile * profile).sum()))
        return total / (length * self._lengths) if length > 0 else np.full(len(self.facts), np.nan)
