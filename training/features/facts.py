"""Facts: what is known of items and of a user, as plain arrays; training, serving and tests build them alike."""

from dataclasses import dataclass, replace
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

UNKNOWN: Final = -1
"""Stands for a time, an author or a category that is not known."""


@dataclass(frozen=True, slots=True)
class ItemFacts:
    """What the catalogue says of K items. Words (authors, categories, tags) are numbers, equal where the words are."""

    publish_time: NDArray[np.int64]
    """(K,) milliseconds since 1970; -1 where it is not known."""

    author: NDArray[np.int32]
    """(K,) number of the author; -1 where there is none."""

    category: NDArray[np.int32]
    """(K,) number of the first category; -1 where there is none."""

    category_hash: NDArray[np.uint64]
    """(K,) hash of the first category (`schemas.hashing`), the same in every process; 0 where there is none."""

    tag_starts: NDArray[np.int64]
    """(K + 1,) where each item's tags begin, and the end of the last one's."""

    tags: NDArray[np.int32]
    """(T,) numbers of categories and tags; item k has those from tag_starts[k] to tag_starts[k + 1], each once."""

    def __len__(self) -> int:
        return len(self.publish_time)

    @property
    def tag_counts(self) -> NDArray[np.int64]:
        """(K,) how many categories and tags each item has."""
        return self.tag_starts[1:] - self.tag_starts[:-1]

    @classmethod
    def none(cls, items: int = 0) -> Self:
        """Return the facts of so many items of which nothing is known."""
        unknown = np.full(items, UNKNOWN, np.int32)
        hashes, starts = np.zeros(items, np.uint64), np.zeros(items + 1, np.int64)
        return cls(np.full(items, UNKNOWN, np.int64), unknown, unknown, hashes, starts, np.empty(0, np.int32))

    def between(self, first: int, end: int) -> Self:
        """Return the facts of the items from one position up to another: views, in a fifth of the time of `take`."""
        starts = self.tag_starts[first : end + 1]
        return type(self)(
            self.publish_time[first:end],
            self.author[first:end],
            self.category[first:end],
            self.category_hash[first:end],
            starts - starts[0],
            self.tags[starts[0] : starts[-1]],
        )

    def take(self, rows: NDArray[np.intp] | NDArray[np.int32]) -> Self:
        """Return the facts of the items at these positions, which may repeat."""
        starts, tags = taken(self.tag_starts[rows], self.tag_counts[rows], self.tags)
        return replace(
            self,
            publish_time=self.publish_time[rows],
            author=self.author[rows],
            category=self.category[rows],
            category_hash=self.category_hash[rows],
            tag_starts=starts,
            tags=tags,
        )


def taken(
    starts: NDArray[np.int64], counts: NDArray[np.int64], values: NDArray[np.int32]
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Return segments of the values, one after the other: where each begins (and the last ends), and what is there.

    Args:
        starts: (K,) where each segment begins in `values`.
        counts: (K,) how long each is.
        values: (V,) what the segments are of.
    """
    ends = np.zeros(len(counts) + 1, np.int64)
    np.cumsum(counts, out=ends[1:])
    return ends, values[np.repeat(starts - ends[:-1], counts) + np.arange(ends[-1])]


@dataclass(frozen=True, slots=True)
class UserFacts:
    """What the tables know of a user; nothing in it for a new one."""

    items: NDArray[np.int32]
    """(M,) numbers of the items of the last interactions, the latest first, at most 50; one may stand in it twice."""

    actions: NDArray[np.int64]
    """(M,) what was done: index in `schemas.records.ACTIONS`."""

    times: NDArray[np.int64]
    """(M,) when, in milliseconds."""

    values: NDArray[np.int64]
    """(M,) value in thousandths, 0 for none; stars where the action is a rate."""

    seen: int
    """How many items the user ever acted on."""

    tags: NDArray[np.int32]
    """(A,) numbers of the tags that the user likes or dislikes, each once."""

    affinities: NDArray[np.float64]
    """(A,) how much, faded to the moment; negative for what is disliked."""

    @classmethod
    def none(cls) -> Self:
        """Return the facts of a user of whom nothing is known."""
        empty, numbers = np.empty(0, np.int64), np.empty(0, np.int32)
        return cls(numbers, empty, empty, empty, 0, numbers, np.empty(0))
