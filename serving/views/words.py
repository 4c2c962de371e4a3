"""Words as numbers: authors, categories and tags, and the sets of them that items have."""

from collections.abc import Iterable
from typing import ClassVar, Final

import numpy as np
from numpy.typing import NDArray

from schemas.hashing import id_hash
from serving.views.column import Column

_NONE: Final = -1


class Words:
    """Numbers of words, given at first sight and kept. One thread gives them; any thread looks them up."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._hashes: Column[np.uint64] = Column(np.uint64, 0)

    def __len__(self) -> int:
        return len(self._numbers)

    def get(self, word: str) -> int:
        """Return the word's number, -1 if it has none."""
        return self._numbers.get(word, _NONE)

    def number(self, word: str) -> int:
        """Return the word's number, giving it one if it has none; -1 for the empty word."""
        known = self._numbers.get(word)
        if known is not None or not word:
            return _NONE if known is None else known
        number = len(self._numbers)
        self._hashes.reserve(number + 1)
        self._hashes[number] = id_hash(word)
        self._numbers[word] = number
        return number

    def hashes(self, numbers: NDArray[np.int32]) -> NDArray[np.uint64]:
        """Return (K,) the hash of each word of these numbers, the same in every process; 0 for -1."""
        return np.where(numbers < 0, np.uint64(0), self._hashes.take(np.maximum(numbers, 0)))


class WordSets:
    """Numbers of sets of words: a million items have a few thousand, so that each costs 4 bytes an item."""

    EMPTY: ClassVar[int] = 0
    """The number of the set that holds nothing."""

    def __init__(self, words: Words) -> None:
        self._words = words
        self._numbers: dict[tuple[str, ...], int] = {}
        self._sets: list[tuple[str, ...]] = []
        self._starts: Column[np.int64] = Column(np.int64, 0)
        self._counts: Column[np.int64] = Column(np.int64, 0)
        self._members: Column[np.int32] = Column(np.int32, _NONE)
        self._end = 0
        self.number(())

    def __len__(self) -> int:
        return len(self._sets)

    def words(self, number: int) -> tuple[str, ...]:
        """Return the set's words, each once; the same object whenever asked."""
        return self._sets[number]

    def number(self, words: Iterable[str]) -> int:
        """Return the number of the set of these words, in their order, giving it one if it has none."""
        unique = tuple(dict.fromkeys(words))
        known = self._numbers.get(unique)
        if known is not None:
            return known
        number, begin = len(self._sets), self._end
        self._end += len(unique)
        self._members.reserve(self._end)
        for at, word in enumerate(unique, begin):
            self._members[at] = self._words.number(word)
        for column, value in ((self._starts, begin), (self._counts, len(unique))):
            column.reserve(number + 1)
            column[number] = value
        self._sets.append(unique)
        self._numbers[unique] = number
        return number

    def columns(self, sets: NDArray[np.int32]) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int32]]:
        """Return (K,) where each set's members begin, (K,) how many they are, and the members of all sets."""
        return self._starts.take(sets), self._counts.take(sets), self._members.head(self._end)
