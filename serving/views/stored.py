"""Stored views: rows read one at a time, kept on local disk so that a restart goes on where it stopped."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import ClassVar, Final, Generic, NamedTuple, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from schemas.applied import is_behind
from schemas.hashing import id_hash
from schemas.records import Item, ItemAudience, ItemStats, Row, UserActivity, UserHistory, UserProfile
from schemas.tenancy import TenantKey, chunk_key, chunk_prefix, split_chunk_key
from serving.views.cache import VersionedCache
from topics.budget import StoreBudget
from topics.changelogs import ITEM, ITEM_AUDIENCE, ITEM_STATS, USER_ACTIVITY, USER_HISTORY, USER_PROFILE
from topics.offsets import Partition
from topics.partitioning import partition_of
from topics.replica import Replica
from topics.restore import Accept
from topics.rows import Change, RowDecoder
from topics.topic import Topic

R = TypeVar("R", bound=Row)

CatchUp = Callable[[Replica, Partition, Accept], None]
"""Brings a replica to the present end of its changelog: (replica, partition, what may replace what)."""

_SLOTS: Final = 1 << 16


class StoredView(Generic[R]):
    """The rows of one changelog, a store a partition."""

    name: ClassVar[str]
    topic: ClassVar[Topic]
    whole: ClassVar[bool] = False

    def __init__(self, folder: Path, budget: StoreBudget, decoder: RowDecoder[R], catch_up: CatchUp) -> None:
        """Make a view that keeps its stores in `folder`; `begin` opens them."""
        self._folder = folder / self.topic.name
        self._budget = budget
        self._decoder = decoder
        self._of_applied = decoder.of_applied()
        self._catch_up = catch_up
        self._replicas: dict[int, Replica] = {}
        self._versions = [0] * _SLOTS

    def get(self, key: bytes, chunk: str = "") -> R | None:
        """Return the row of the key, or of one chunk of it, or None."""
        raw = self._replica_of(key).get(chunk_key(key, chunk) if chunk else key)
        return None if raw is None else self._decoder.row(raw)

    def chunks(self, key: bytes) -> list[R]:
        """Return the rows of all chunks of the key, by chunk."""
        rows = (self._decoder.row(raw) for _, raw in self._replica_of(key).scan(chunk_prefix(key)))
        return [row for row in rows if row is not None]

    def version(self, key: bytes) -> int:
        """Return a number that is another one when a row of the key, or of its chunks, has changed.

        Take it before reading the rows: what was read is then at least as new as the number says. Keys share the
        numbers, so it may also change without need.
        """
        return self._versions[_slot(key)]

    def versions(self, keys: Iterable[bytes]) -> list[int]:
        """Return the `version` of each key."""
        versions = self._versions
        return [versions[_slot(key)] for key in keys]

    def begin(self, partition: Partition) -> int:
        """Open the partition's store, bring it to the changelog's end in bulk, and return where it stands then."""
        replica = self._replicas.get(partition.number)
        if replica is None:
            replica = Replica.open(self._folder / str(partition.number), self._budget)
            self._replicas[partition.number] = replica
        self._catch_up(replica, partition, self._may_replace)
        return replica.position

    def apply(self, partition: int, changes: Sequence[Change[Row]], position: int) -> int:
        """Take in the changes; see `View.apply`.

        What the store holds already is passed over: another view of the changelog may begin where it begins.
        """
        replica = self._replicas[partition]
        if position < replica.position or (not changes and position == replica.position):
            return 0
        accepted, refused = self._accepted(replica, changes)
        replica.write(accepted.items(), position)
        for row_key in accepted:
            # After the write, never before: whoever reads the old rows then holds the old number with them.
            self._versions[_slot(split_chunk_key(row_key)[0])] += 1
        return refused

    def refresh(self) -> None:
        """Nothing is derived."""

    def close(self) -> None:
        """Close the stores."""
        for replica in self._replicas.values():
            replica.close()

    def _replica_of(self, key: bytes) -> Replica:
        return self._replicas[partition_of(key, len(self._replicas))]

    def _accepted(self, replica: Replica, changes: Sequence[Change[Row]]) -> tuple[dict[bytes, bytes | None], int]:
        """Return the rows to store, by key, and how many changes were behind the row that they would replace."""
        keys = list({change.key for change in changes})
        present = dict(zip(keys, map(self._applied, replica.multi_get(keys)), strict=True))
        accepted: dict[bytes, bytes | None] = {}
        refused = 0
        for key, _, _, row, raw in changes:
            applied = row.applied if row else {}
            if row and is_behind(applied, present[key]):
                refused += 1
            else:
                present[key] = applied
                accepted[key] = raw
        return accepted, refused

    def _applied(self, raw: bytes | None) -> Mapping[str, int]:
        row = None if raw is None else self._of_applied.row(raw)
        return row.applied if row else {}

    def _may_replace(self, old: bytes, new: bytes | None) -> bool:
        if new is None:
            return True
        row = self._of_applied.row(new)
        return row is not None and not is_behind(row.applied, self._applied(old))


class ActivityView(StoredView[UserActivity]):
    """What users did lately."""

    name = "activity"
    topic = USER_ACTIVITY


class HistoryView(StoredView[UserHistory]):
    """All that users acted on, a chunk for every five minutes."""

    name = "history"
    topic = USER_HISTORY


class ProfileView(StoredView[UserProfile]):
    """Users' attributes and erasures."""

    name = "profile"
    topic = USER_PROFILE


class ItemRowsView(StoredView[Item]):
    """The catalogue's rows whole: what nobody reads of hundreds of items at once takes no memory."""

    name = "item_rows"
    topic = ITEM


class StatsRowsView(StoredView[ItemStats]):
    """The items' statistics whole, by action, a chunk for every scenario."""

    name = "stats_rows"
    topic = ITEM_STATS


class Audience(NamedTuple):
    """The latest users who liked an item."""

    keys: list[bytes]
    """Of their rows (`TenantKey`)."""

    hashes: NDArray[np.uint64]
    """(N,) of their ids (`schemas.hashing`)."""

    @classmethod
    def of(cls, tenant: str, row: ItemAudience | None) -> Self:
        """Return the audience that an item's row holds; nobody without a row."""
        users = row.users if row else []
        hashes = np.fromiter(map(id_hash, users), np.uint64, len(users))
        return cls([TenantKey(tenant, user).encode() for user in users], hashes)


class AudienceView(StoredView[ItemAudience]):
    """The latest users who liked each item; those of the items asked for last stay decoded."""

    name = "audience"
    topic = ITEM_AUDIENCE

    def __init__(
        self, folder: Path, budget: StoreBudget, decoder: RowDecoder[ItemAudience], catch_up: CatchUp, cached: int
    ) -> None:
        """Make a view that keeps the audiences of `cached` items decoded: about 20 kB each, at most."""
        super().__init__(folder, budget, decoder, catch_up)
        self._cache: VersionedCache[Audience] = VersionedCache(cached)

    def audiences(self, tenant: str, items: Iterable[str]) -> list[Audience]:
        """Return who liked each of the tenant's items lately."""
        keys = [TenantKey(tenant, item).encode() for item in items]
        asked = list(zip(keys, self.versions(keys), strict=True))
        return self._cache.of_all(asked, lambda key: Audience.of(tenant, self.get(key)))


def _slot(key: bytes) -> int:
    return hash(key) % _SLOTS
