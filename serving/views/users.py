"""User states: what the stored rows of one user say, in the numbers of the catalogue."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Final

import numpy as np
from numpy.typing import NDArray

from schemas.packing import ACTS, RECENT, TAG_CELLS
from schemas.records import ACTION_INDEX, Action, UserActivity, UserHistory
from schemas.tenancy import TenantKey
from serving.query import Made, Recent, Shown, UserState
from serving.strength import positives
from serving.views.cache import VersionedCache
from serving.views.catalogue import Catalogue
from serving.views.faded import FadedTags, TagCells
from serving.views.stored import ActivityView, HistoryView, ProfileView
from topics.changelogs import USER_ACTIVITY, USER_HISTORY, USER_PROFILE
from training.features.formulas import DAY_MS

_NEVER: Final = -1
_ANY: Final = -1
"""In place of a catalogue's size: no item was missing, so that what comes to it changes nothing."""

_SHOWN: Final = np.uint64(1 << ACTION_INDEX[Action.IMPRESSION])
_ACTED: Final = ~_SHOWN
"""All actions but the impression: that something was shown to a user is not the user's doing."""


@dataclass(frozen=True, slots=True)
class _Decoded:
    """Made of a user's rows and the catalogue: true while the rows stand and no item has come that was missing."""

    catalogue_size: int
    """Of the catalogue that it is true for; _ANY for any later one."""


@dataclass(frozen=True, slots=True)
class _Liked(_Decoded):
    items: NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class _Known(_Decoded):
    recent: Recent
    seen: NDArray[np.int32]
    shown: Shown
    tags: TagCells
    read: Mapping[str, Mapping[str, int]]
    made: Made = field(default_factory=Made)


class UserStates:
    """Reads users' states; the latest used stay decoded, and are decoded anew when one of their rows has changed."""

    def __init__(
        self,
        activity: ActivityView,
        history: HistoryView,
        profile: ProfileView,
        *,
        tag_half_life_days: float,
        cached: int,
    ) -> None:
        """Read from the three views; keep `cached` users decoded."""
        self._activity = activity
        self._history = history
        self._profile = profile
        self._half_life = tag_half_life_days
        self._states: VersionedCache[_Known] = VersionedCache(cached)
        self._liked: VersionedCache[_Liked] = VersionedCache(cached)

    def state(self, catalogue: Catalogue, tenant: str, user: str, as_of_ms: int) -> UserState:
        """Return what is known of the user, decayed to `as_of_ms`; nothing of before an erasure, nothing if new.

        Raises InvalidFieldError if the tenant or the user is not valid.
        """
        key = TenantKey(tenant, user).encode()
        versions = self._activity.version(key), self._history.version(key), self._profile.version(key)
        known = self._states.of(key, versions, lambda: self._read(key, catalogue), _true_for(catalogue))
        tags = FadedTags(known.tags, as_of_ms, self._half_life)
        return UserState(known.recent, known.seen, tags, known.read, known.shown, known.made)

    def liked(self, catalogue: Catalogue, keys: Sequence[bytes]) -> list[NDArray[np.int32]]:
        """Return, for each user by key, the numbers of the items liked among the last interactions, sorted, each once.

        Without anything of before an erasure; not to be written to.
        """
        versions = zip(self._activity.versions(keys), self._profile.versions(keys), strict=True)
        asked = list(zip(keys, versions, strict=True))
        held = self._liked.of_all(asked, partial(self._read_liked, catalogue), _true_for(catalogue))
        return [liked.items for liked in held]

    def _read_liked(self, catalogue: Catalogue, key: bytes) -> _Liked:
        size = len(catalogue)  # taken first: an item that comes meanwhile may be missing below
        profile, activity = self._profile.get(key), self._activity.get(key)
        erased_at = profile.erased_at if profile else _NEVER
        recent, whole = _recent(activity or UserActivity(), erased_at, catalogue.numbers)
        liked = np.unique(recent.items[positives(recent.actions, recent.values)])
        return _Liked(_ANY if whole else size, liked)

    def _read(self, key: bytes, catalogue: Catalogue) -> _Known:
        size = len(catalogue)  # taken first: an item that comes meanwhile may be missing below
        profile = self._profile.get(key)
        erased_at = profile.erased_at if profile else _NEVER
        activity = self._activity.get(key) or UserActivity()
        recent, all_recent = _recent(activity, erased_at, catalogue.numbers)
        chunks = self._history.chunks(key)
        seen, shown, all_known = _met(chunks, erased_at, catalogue.numbers)
        cells = TAG_CELLS.view(activity.tag_cells)
        # A day that began before the erasure may hold what was erased: all of it goes.
        kept = cells["day"] * DAY_MS > erased_at
        return _Known(
            catalogue_size=_ANY if all_recent and all_known else size,
            recent=recent,
            seen=seen,
            shown=shown,
            tags=TagCells.numbered(
                [tag for tag, keep in zip(activity.tags, kept.tolist(), strict=True) if keep],
                cells["day"][kept],
                cells["weight"][kept] / 100,
            ),
            read={
                USER_ACTIVITY.name: activity.applied,
                USER_HISTORY.name: _furthest(chunks),
                USER_PROFILE.name: profile.applied if profile else {},
            },
        )


def _true_for(catalogue: Catalogue) -> Callable[[_Decoded], bool]:
    size = len(catalogue)
    return lambda held: held.catalogue_size in (_ANY, size)


def _recent(activity: UserActivity, erased_at: int, numbers: Mapping[str, int]) -> tuple[Recent, bool]:
    """Return the interactions after the erasure, and whether the catalogue knows the items of all."""
    entries = RECENT.view(activity.recent)
    items = _numbers(activity.recent_items, numbers)
    later = entries["time"] > erased_at
    kept = later & (items >= 0)
    recent = Recent(items[kept], entries["action"][kept], entries["time"][kept], entries["value"][kept])
    return recent, bool((kept == later).all())


def _met(
    chunks: Iterable[UserHistory], erased_at: int, numbers: Mapping[str, int]
) -> tuple[NDArray[np.int32], Shown, bool]:
    """Return the items acted on after the erasure, what was shown, and whether the catalogue knows all of both."""
    found, acts = [np.empty(0, np.int32)], [ACTS.view(b"")]
    for chunk in chunks:
        found.append(_numbers(chunk.items, numbers))
        acts.append(ACTS.view(chunk.acts))
    items, done = np.concatenate(found), np.concatenate(acts)
    later = done["last_time"] > erased_at
    known = later & (items >= 0)
    seen = np.unique(items[known & ((done["actions"] & _ACTED) != 0)])
    shown = known & ((done["actions"] & _SHOWN) != 0)
    return seen, Shown(items[shown], done["last_time"][shown]), bool((known == later).all())


def _furthest(chunks: Iterable[UserHistory]) -> dict[str, int]:
    """Return the last offset of each source partition that any of the chunks holds."""
    furthest: dict[str, int] = {}
    for chunk in chunks:
        for partition, offset in chunk.applied.items():
            furthest[partition] = max(offset, furthest.get(partition, offset))
    return furthest


def _numbers(items: list[str], numbers: Mapping[str, int]) -> NDArray[np.int32]:
    """Return the number of each item, -1 where the catalogue does not know it."""
    return np.fromiter((numbers.get(item, -1) for item in items), np.int32, len(items))
