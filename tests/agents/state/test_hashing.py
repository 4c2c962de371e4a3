"""The digest of a table depends on its rows alone."""

from random import Random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from agents.folds.digest import combine, digest
from agents.state.hashing import PartitionHash, hash_partition, whole_table, written
from agents.tables import USER_PROFILE
from schemas.loading import local_codecs
from schemas.records import UserProfile
from tests.row_strategies import user_profiles
from tests.topics.logbook import reader_of
from topics.offsets import Partition

CODEC = local_codecs({USER_PROFILE.changelog.subject: UserProfile}).of(USER_PROFILE.changelog)
AT = Partition(USER_PROFILE.changelog.name, 0)

tables = st.dictionaries(st.sampled_from([f"acme/u{number}".encode() for number in range(5)]), user_profiles())


def hash_of(*records: tuple[bytes, Any]) -> PartitionHash:
    log = {AT: [(key, None if row is None else CODEC.encode(row)) for key, row in records]}
    return hash_partition(AT, reader_of({AT: [*log[AT]]}), CODEC, lambda done, total: None)


@given(tables, st.randoms())
def test_the_order_of_rows_changes_nothing(rows: dict[bytes, UserProfile], chance: Random) -> None:
    shuffled = list(rows.items())
    chance.shuffle(shuffled)
    found = hash_of(*shuffled)
    assert found.digest == combine(digest(key, row) for key, row in rows.items())
    assert (found.rows, found.position, found.whole) == (len(rows), len(rows), True)


def test_what_was_replaced_deleted_or_came_too_late_does_not_count() -> None:
    old, new = UserProfile(applied={"0": 1}, erased_at=1), UserProfile(applied={"0": 2}, erased_at=2)
    plain = hash_of((b"acme/u1", new))
    histories: list[list[tuple[bytes, UserProfile | None]]] = [
        [(b"acme/u1", old), (b"acme/u1", new)],
        [(b"acme/u1", new), (b"acme/u1", old)],
        [(b"acme/u2", old), (b"acme/u1", new), (b"acme/u2", None)],
    ]
    for history in histories:
        found = hash_of(*history)
        assert (found.digest, found.rows) == (plain.digest, 1)
        assert found.position == len(history)


def test_where_events_stood_in_the_log_does_not_count_but_what_they_said_does() -> None:
    plain = hash_of((b"acme/u1", UserProfile(erased_at=1))).digest
    assert hash_of((b"acme/u1", UserProfile(applied={"3": 9}, erased_at=1))).digest == plain
    assert hash_of((b"acme/u1", UserProfile(erased_at=2))).digest != plain
    assert hash_of((b"acme/u2", UserProfile(erased_at=1))).digest != plain


@given(st.lists(st.integers(0, 2**128 - 1), max_size=5), st.integers(0, 5))
def test_the_spread_over_partitions_does_not_count(digests: list[int], cut: int) -> None:
    parts = [PartitionHash(0, 0, 0, combine(part), True) for part in (digests[:cut], digests[cut:])]
    assert whole_table(parts) == combine(digests)
    assert int(written(whole_table(parts)), 16) == combine(digests)
    assert len(written(whole_table(parts))) == 32
