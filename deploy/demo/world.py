"""A small world of short videos. Its tastes and qualities are hidden: no event ever carries them."""

from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from schemas.records import Change, ItemChange

SCENARIO: Final = "vlog"

TOPICS: Final = (
    "cats",
    "cooking",
    "football",
    "makeup",
    "chess",
    "travel",
    "guitar",
    "physics",
    "trains",
    "dance",
    "gardens",
    "retro games",
)

_STYLES: Final = ("A day of", "Learning", "The best of", "Live:", "Ten minutes of", "Secrets of", "My first")
_TASTE_SHARPNESS: Final = 0.15  # Dirichlet: the lower, the fewer topics a user cares for
_QUALITY_SHAPE: Final = (1.2, 4.0)  # Beta: most videos are middling, a few are good
_MAIN_TOPIC_SHARE: Final = 0.75
_AUTHORS_PER_TOPIC: Final = 5


@dataclass(frozen=True, slots=True)
class World:
    """U users, I videos and K topics; a video's number is its position by publish time."""

    seed: int
    users: tuple[str, ...]
    """(U,) ids."""

    items: tuple[str, ...]
    """(I,) ids."""

    topics: tuple[tuple[str, ...], ...]
    """(I,) the topics of each video, the main one first: what anybody who looks at it can tell."""

    published: NDArray[np.int64]
    """(I,) publish time in milliseconds, rising."""

    seconds: NDArray[np.int64]
    """(I,) length, from 10 to 120."""

    authors: NDArray[np.int64]
    """(I,) number of the author."""

    mixes: NDArray[np.float64]
    """(I, K) how much of each topic is in each video; a row sums to 1. Hidden."""

    qualities: NDArray[np.float64]
    """(I,) from 0 to 1. Hidden."""

    tastes: NDArray[np.float64]
    """(U, K) how much each user cares for each topic; a row sums to 1. Hidden."""

    @classmethod
    def make(cls, seed: int, users: int, items: int, from_ms: int, until_ms: int) -> Self:
        """Return the world of this seed. Half of the videos exist at `from_ms`; the rest appear until `until_ms`."""
        random = np.random.default_rng(seed)
        kinds = len(TOPICS)
        main, second = random.integers(kinds, size=(2, items))
        later = random.integers(from_ms, until_ms, size=items - items // 2)
        return cls(
            seed=seed,
            users=tuple(f"user-{number:04}" for number in range(users)),
            items=tuple(f"video-{number:04}" for number in range(items)),
            topics=tuple(tuple(dict.fromkeys((TOPICS[a], TOPICS[b]))) for a, b in zip(main, second, strict=True)),
            published=np.sort(np.concatenate([np.full(items // 2, from_ms), later])),
            seconds=random.integers(10, 121, size=items),
            authors=main * _AUTHORS_PER_TOPIC + random.integers(_AUTHORS_PER_TOPIC, size=items),
            mixes=_MAIN_TOPIC_SHARE * np.eye(kinds)[main] + (1 - _MAIN_TOPIC_SHARE) * np.eye(kinds)[second],
            qualities=random.beta(*_QUALITY_SHAPE, size=items),
            tastes=random.dirichlet([_TASTE_SHARPNESS] * kinds, size=users),
        )

    def changes(self, tenant: str, from_ms: int, until_ms: int) -> list[ItemChange]:
        """Return the creations of the videos published from `from_ms` to before `until_ms`, in that order."""
        first, last = np.searchsorted(self.published, [from_ms, until_ms])
        return [self._creation(tenant, item) for item in range(int(first), int(last))]

    def _creation(self, tenant: str, item: int) -> ItemChange:
        published = int(self.published[item])
        topics = list(self.topics[item])
        return ItemChange(
            event_id=f"world-{self.seed}-{item}",
            tenant_id=tenant,
            item_id=self.items[item],
            change=Change.CREATE,
            event_time=published,
            title=f"{_STYLES[item % len(_STYLES)]} {topics[0]} #{item}",
            categories=topics[:1],
            tags=topics[1:],
            author=f"author-{self.authors[item]:03}",
            publish_time=published,
        )
