"""Measures: how two lists of one request differ, and what many of them come to."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.stats import kendalltau

from serving.reranking.rules.diversity import Diversity
from serving.views.catalogue import Catalogue

_NONE: Final = -1
_EXACT: Final = 12


def overlap(before: Sequence[str], after: Sequence[str], k: int) -> float:
    """Return the share of the first `k` that both have, 0 to 1; 1 if there are none."""
    most = min(k, max(len(before), len(after)))
    return len(set(before[:k]) & set(after[:k])) / most if most else 1.0


def correlation(before: Sequence[str], after: Sequence[str]) -> float | None:
    """Return Kendall's tau of the items in both, -1 to 1; None if there are fewer than two."""
    place = {item: at for at, item in enumerate(after)}
    common = [place[item] for item in before if item in place]
    if len(common) < 2:
        return None
    return round(float(kendalltau(range(len(common)), common).statistic), _EXACT)  # of equal orders it is not quite 1


def varied(kinds: NDArray[np.int32]) -> float:
    """Return how many different kinds there are for each item that has one, 0 to 1; 1 if none has."""
    known = kinds[kinds != _NONE]
    return len(np.unique(known)) / len(known) if len(known) else 1.0


def violations(kinds: NDArray[np.int32], window: int, most: int) -> int:
    """Return how many places break a rule: with those before in the window there are more than `most` of a kind."""
    inside: Counter[int] = Counter()
    broken = 0
    for place, kind in enumerate(kinds.tolist()):
        if place >= window:
            inside[int(kinds[place - window])] -= 1
        inside[kind] += 1
        broken += kind != _NONE and inside[kind] > most
    return broken


@dataclass
class Side:
    """What the lists of one configuration come to."""

    shown: set[int] = field(default_factory=set)
    categories: list[float] = field(default_factory=list)
    authors: list[float] = field(default_factory=list)
    violations: int = 0

    def add(self, items: Sequence[str], catalogue: Catalogue, rule: Diversity | None) -> None:
        """Take in a list; `rule` is the one that it is held to."""
        numbers = np.array([catalogue.numbers[item] for item in items], np.int32)
        category, author = catalogue.category[numbers], catalogue.author[numbers]
        self.shown.update(numbers.tolist())
        self.categories.append(varied(category))
        self.authors.append(varied(author))
        if rule is not None:
            self.violations += violations(category, rule.window, rule.same_category)
            self.violations += violations(author, rule.window, rule.same_author)

    def told(self, available: int) -> dict[str, float]:
        """Return the figures; `available` is how many items may be shown now."""
        return {
            "coverage": _share(len(self.shown), available),
            "categories_per_item": _mean(self.categories),
            "authors_per_item": _mean(self.authors),
            "violations": self.violations,
        }


@dataclass
class Comparison:
    """What many requests come to, of one scenario or of all."""

    k: int
    lists: int = 0
    changed: int = 0
    reproduced: int = 0
    """Lists that the configuration they were made under gives again, item by item."""

    overlaps: list[float] = field(default_factory=list)
    correlations: list[float] = field(default_factory=list)
    before: Side = field(default_factory=Side)
    after: Side = field(default_factory=Side)

    def add(
        self,
        before: Sequence[str],
        again: Sequence[str],
        after: Sequence[str],
        catalogue: Catalogue,
        rule: Diversity | None,
    ) -> None:
        """Take in a request: the list as it was shown, as it comes out again, and as it would have been."""
        self.lists += 1
        self.changed += list(before) != list(after)
        self.reproduced += list(before) == list(again)
        self.overlaps.append(overlap(before, after, self.k))
        found = correlation(before, after)
        if found is not None:
            self.correlations.append(found)
        self.before.add(before, catalogue, rule)
        self.after.add(after, catalogue, rule)

    def told(self, available: int) -> dict[str, Any]:
        """Return the figures."""
        return {
            "lists": self.lists,
            "changed": _share(self.changed, self.lists),
            "reproduced": _share(self.reproduced, self.lists),
            "overlap": _mean(self.overlaps),
            "rank_correlation": _mean(self.correlations) if self.correlations else None,
            "before": self.before.told(available),
            "after": self.after.told(available),
        }


def counted(notes: Iterable[Iterable[str]]) -> Mapping[str, int]:
    """Return how many lists each note is of, the most frequent first."""
    return dict(Counter(note for each in notes for note in each).most_common())


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0


def _mean(values: Sequence[float]) -> float:
    return float(np.mean(values)) if values else 0.0
