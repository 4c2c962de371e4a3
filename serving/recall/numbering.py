"""Numbering: a model numbers the items that it was fitted on, the catalogue all items as they came."""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from serving.models.shelf import Loaded
from serving.views.catalogue import Catalogue

_MOST: Final = 64
"""Numberings kept: one for each tenant whose lists are asked for now."""


@dataclass(frozen=True, slots=True)
class Numbering:
    """Which number of a catalogue is which of a model, and the reverse."""

    of_catalogue: NDArray[np.int32]
    """(K,) the catalogue's number of each of the model's items; -1 for one that it does not know."""

    known: NDArray[np.bool_]
    """(K,) whether it knows each of the model's items."""

    by_catalogue: NDArray[np.int32]
    """(I,) the model's number of each item of the catalogue, as long as it was; -1 for one that it does not know."""

    @classmethod
    def between(cls, words: Sequence[str], catalogue: Catalogue) -> "Numbering":
        """Return the numbering of a model's items, by id, in the catalogue as it is now."""
        size = len(catalogue)
        numbers = catalogue.numbers
        of_catalogue = np.fromiter((numbers.get(word, -1) for word in words), np.int32, len(words))
        of_catalogue[of_catalogue >= size] = -1  # came while this was being made
        by_catalogue = np.full(size, -1, np.int32)
        known = of_catalogue >= 0
        by_catalogue[of_catalogue[known]] = np.flatnonzero(known)
        return cls(of_catalogue, known, by_catalogue)

    def fit(self, allowed: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Return (K,) whether each of the model's items may be proposed, where (I,) those of the catalogue may."""
        if not len(allowed):
            return np.zeros(len(self.known), np.bool_)
        return self.known & allowed.take(self.of_catalogue, mode="clip")

    def of_model(self, items: NDArray[np.integer[Any]]) -> NDArray[np.int64]:
        """Return the model's numbers of these items of the catalogue; -1 for one that it does not know."""
        if not len(self.by_catalogue):
            return np.full(len(items), -1, np.int64)
        numbers = self.by_catalogue.take(items, mode="clip").astype(np.int64)
        numbers[items >= len(self.by_catalogue)] = -1
        return numbers


@dataclass(frozen=True, slots=True)
class _Kept:
    loaded: Loaded
    catalogue: Catalogue
    size: int
    numbering: Numbering
    whole: bool
    """Whether the catalogue knew all of the model's items."""


class NumberingCache:
    """Keeps numberings as long as they are true.

    One with all of the model's items is true for ever, for numbers never change; one that lacks some is made again
    when the catalogue has grown by a hundredth, so that a stream of new items does not make each request pay for it.
    """

    def __init__(self) -> None:
        """Make a cache that holds nothing."""
        self._kept: OrderedDict[str, _Kept] = OrderedDict()
        self._lock = Lock()

    def of(self, loaded: Loaded, words: Sequence[str], catalogue: Catalogue) -> Numbering:
        """Return the numbering of the model's items, `words`, in its tenant's catalogue."""
        tenant, size = loaded.manifest.tenant, len(catalogue)
        with self._lock:
            kept = self._kept.get(tenant)
            if kept is not None and kept.loaded is loaded and kept.catalogue is catalogue and _true(kept, size):
                self._kept.move_to_end(tenant)
                return kept.numbering
        numbering = Numbering.between(words, catalogue)
        with self._lock:
            self._kept[tenant] = _Kept(loaded, catalogue, size, numbering, bool(numbering.known.all()))
            if len(self._kept) > _MOST:
                self._kept.popitem(last=False)
        return numbering


def _true(kept: _Kept, size: int) -> bool:
    return kept.whole or size <= kept.size * 1.01
