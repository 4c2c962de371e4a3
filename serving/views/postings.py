"""Postings: for each tag the items that have it."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Final

import numpy as np
from numpy.typing import NDArray

_NONE: Final = np.empty(0, np.int32)
_NONE.setflags(write=False)


class Postings:
    """An inverted index whose arrays are never changed, only replaced: a reader needs no lock and sees no half.

    Changes are gathered and merged by `commit`, one copy of an array however many items join it: a tag of half a
    million items would otherwise be copied for each of them while the process starts.
    """

    def __init__(self) -> None:
        self._items: dict[str, NDArray[np.int32]] = {}
        self._changes: defaultdict[str, dict[int, bool]] = defaultdict(dict)

    def __getitem__(self, word: str) -> NDArray[np.int32]:
        """Return the items with the word, sorted; none for an unknown word."""
        return self._items.get(word, _NONE)

    def __len__(self) -> int:
        return len(self._items)

    def change(self, item: int, words: Iterable[str], present: bool) -> None:
        """Note that the item has (or no longer has) each of the words."""
        for word in words:
            self._changes[word][item] = present

    def commit(self) -> None:
        """Make the changes noted so far visible; of two of one word and item the later one counts."""
        for word, changes in self._changes.items():
            merged = _merged(self._items.get(word, _NONE), changes)
            if len(merged):
                self._items[word] = merged
            else:
                self._items.pop(word, None)
        self._changes.clear()


def _merged(items: NDArray[np.int32], changes: dict[int, bool]) -> NDArray[np.int32]:
    added = [item for item, present in changes.items() if present]
    added.sort()
    new = np.array(added, np.int32)
    if not len(items):
        return new
    if len(added) == len(changes) and added[0] > items[-1]:
        return np.concatenate((items, new))
    touched = np.fromiter(changes, np.int32, len(changes))
    merged = np.concatenate((items[~np.isin(items, touched)], new))
    merged.sort()
    return merged
