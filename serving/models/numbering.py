"""Numbering: a model numbers the items that it was fitted on, the catalogue all items as they came."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final
from weakref import WeakValueDictionary

import numpy as np
from numpy.typing import NDArray

from serving.views.catalogue import Catalogue


@dataclass(frozen=True, slots=True, eq=False)
class Numbering:
    """Which number of a catalogue is which of a model, and the reverse. Equal to itself alone."""

    of_catalogue: NDArray[np.int32]
    """(K,) the catalogue's number of each of the model's items; -1 for one that it does not know."""

    by_catalogue: NDArray[np.int32]
    """(I,) the model's number of each item of the catalogue, as long as it was; -1 for one that it does not know."""

    whole: bool
    """Whether the catalogue knows all of the model's items."""

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
        return cls(of_catalogue, by_catalogue, bool(known.all()))

    def of_model(self, items: NDArray[np.integer[Any]]) -> NDArray[np.int64]:
        """Return the model's numbers of these items of the catalogue; -1 for one that it does not know."""
        if not len(self.by_catalogue):
            return np.full(len(items), -1, np.int64)
        numbers = self.by_catalogue.take(items, mode="clip").astype(np.int64)
        numbers[items >= len(self.by_catalogue)] = -1
        return numbers


class KnownItems:
    """The items that a model of a tenant knows, by its own numbers; models that know the same ones share it.

    It keeps their numbering in the tenant's catalogue as long as that is true. One with all of the items is true for
    ever, for numbers never change; one that lacks some is made again when the catalogue has grown by a hundredth, so
    that a stream of new items does not make each request pay for it. Threads may share it.
    """

    def __init__(self, ids: Sequence[str]) -> None:
        """Take the items' ids, each once."""
        self.ids: Final = tuple(ids)
        self._kept: tuple[Catalogue, int, Numbering] | None = None

    def numbering(self, catalogue: Catalogue) -> Numbering:
        """Return the items' numbering in the catalogue."""
        kept, size = self._kept, len(catalogue)
        if kept is not None and kept[0] is catalogue and (kept[2].whole or size <= kept[1] * 1.01):
            return kept[2]
        numbering = Numbering.between(self.ids, catalogue)
        self._kept = catalogue, size, numbering
        return numbering


_KNOWN: Final[WeakValueDictionary[tuple[str, bytes], KnownItems]] = WeakValueDictionary()
"""Of the models that are loaded, by tenant and digest."""


def known_items(tenant: str, ids: Sequence[str]) -> KnownItems:
    """Return the items that a model of the tenant knows: the same as another model's in use that knows the same."""
    # Of each part its length, too: no other ids run together into the same.
    digest = sha256("".join(f"{len(item)}:{item}" for item in ids).encode()).digest()
    return _KNOWN.setdefault((tenant, digest), KnownItems(ids))
