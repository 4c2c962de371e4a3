"""Segments: lists of item numbers, end to end in one array, so that a reader takes hundreds of them in a few steps."""

from typing import Any, Final, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from serving.views.column import Column
from training.features.facts import taken

_LENGTH_BITS: Final = 24
_LENGTH: Final = (1 << _LENGTH_BITS) - 1
_ITEM_BITS: Final = 32
_ITEM: Final = (1 << _ITEM_BITS) - 1
_FEWEST: Final = 1 << 16
"""Values that are left behind at least before it is worth moving the others together."""


class _Held(NamedTuple):
    places: Column[np.int64]
    """By list, where it begins and how long it is in one number: a reader meets the old list or the new one."""

    values: Column[np.int32]

    @classmethod
    def empty(cls) -> Self:
        """Return what holds nothing."""
        return cls(Column(np.int64, 0), Column(np.int32, 0))


class Segments:
    """Lists of items, each once, rising, by the list's number. One thread writes; any reads without a lock.

    A list is not changed but written anew behind the last one. What is left behind is given back when it is more than
    what is in use: all lists then move to another array, and who reads the old one goes on with it.
    """

    def __init__(self) -> None:
        """Make lists that are all empty."""
        self._held = _Held.empty()
        self._lists = 0
        self._end = 0
        self._used = 0

    def where(self, lists: NDArray[np.integer[Any]]) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int32]]:
        """Return (L,) where each of these lists begins and (L,) how long it is, in the values of all: (V,)."""
        held = self._held
        places = held.places.take_known(lists)
        begins, lengths = places >> _LENGTH_BITS, places & _LENGTH
        # Looked up after the places, for a list is written before its place is.
        return begins, lengths, held.values.head(int((begins + lengths).max(initial=0)))

    def of(self, lists: NDArray[np.integer[Any]]) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
        """Return (L,) how long each of these lists is, and what is in them, one after the other."""
        begins, lengths, values = self.where(lists)
        return lengths, taken(begins, lengths, values)[1]

    def change(
        self, lists: NDArray[np.int32], items: NDArray[np.int32], present: NDArray[np.bool_]
    ) -> NDArray[np.int32]:
        """Let each list have (or no longer have) the item beside it; of two changes of one pair the later one counts.

        Returns the numbers of the changed lists that are empty now.
        """
        touched = np.unique(lists)
        lengths, old = self.of(touched)
        pairs, first = np.unique(_paired(lists, items)[::-1], return_index=True)
        kept = np.setdiff1d(_paired(np.repeat(touched, lengths), old), pairs, assume_unique=True)
        now = np.sort(np.concatenate((kept, pairs[present[::-1][first]])))
        counts = np.bincount(np.searchsorted(touched, now >> _ITEM_BITS), minlength=len(touched))
        self._used += len(now) - len(old)
        self._put(touched, counts, (now & _ITEM).astype(np.int32))
        empty: NDArray[np.int32] = touched[counts == 0]
        return empty

    def _put(self, lists: NDArray[np.int32], lengths: NDArray[np.int64], values: NDArray[np.int32]) -> None:
        self._lists = max(self._lists, int(lists.max(initial=-1)) + 1)
        if self._end - self._used > max(self._used, _FEWEST):
            every = np.arange(self._lists)
            self._held, self._end = _written(_Held.empty(), 0, every, *self.of(every))
        self._held, self._end = _written(self._held, self._end, lists, lengths, values)


def _written(
    held: _Held,
    end: int,
    lists: NDArray[np.integer[Any]],
    lengths: NDArray[np.int64],
    values: NDArray[np.int32],
) -> tuple[_Held, int]:
    """Write the lists, whose values stand one after the other, at the end; return what holds them, and its new end."""
    after = end + len(values)
    held.values.reserve(after)
    held.values.head(after)[end:] = values
    size = int(lists.max(initial=-1)) + 1
    held.places.reserve(size)
    held.places.head(size)[lists] = (end + np.cumsum(lengths) - lengths) << _LENGTH_BITS | lengths
    return held, after


def _paired(lists: NDArray[np.int32], items: NDArray[np.int32]) -> NDArray[np.int64]:
    return lists.astype(np.int64) << _ITEM_BITS | items
