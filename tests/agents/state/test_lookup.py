"""A row is found by its key, with all its chunks, as a replica would hold it."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from agents.state.lookup import find_rows
from agents.tables import TABLES, USER_HISTORY, USER_PROFILE
from schemas.errors import InvalidFieldError
from schemas.loading import local_codecs
from schemas.records import UserHistory, UserProfile
from schemas.tenancy import TenantKey, chunk_key
from tests.topics.logbook import Log, reader_of
from topics.offsets import Partition
from topics.partitioning import partition_of

CODECS = local_codecs({table.changelog.subject: table.changelog.record for table in TABLES})
PARTITIONS = 4
ADA = TenantKey("acme", "ada")


def changelog(table: Any, *written: tuple[bytes, Any]) -> Log:
    """The changelog of a table, each row in the partition of its source key."""
    log: Log = {}
    codec = CODECS.of(table.changelog)
    for key, row in written:
        at = Partition(table.changelog.name, partition_of(key.partition(b"\0")[0], PARTITIONS))
        log.setdefault(at, []).append((key, None if row is None else codec.encode(row)))
    return log


def find(table: Any, log: Log, key: TenantKey = ADA) -> dict[str, Any]:
    return dict(find_rows(table, key, reader_of(log, PARTITIONS), CODECS.of(table.changelog)).rows)


def test_all_chunks_of_a_key_are_found_and_nobody_elses() -> None:
    days = {day: UserHistory(applied={"0": number}) for number, day in enumerate(["00000001", "00000002"])}
    own = [(chunk_key(ADA.encode(), day), row) for day, row in reversed(days.items())]
    others = [(chunk_key(b"acme/ada2", "00000001"), UserHistory()), (chunk_key(b"acm/ada", "00000001"), UserHistory())]
    found = find(USER_HISTORY, changelog(USER_HISTORY, *others, *own, *others))
    assert list(found.items()) == list(days.items())


def test_a_row_that_was_deleted_or_never_written_is_not_there() -> None:
    assert find(USER_PROFILE, {}) == {}
    row = UserProfile(applied={"0": 1})
    assert find(USER_PROFILE, changelog(USER_PROFILE, (ADA.encode(), row), (ADA.encode(), None))) == {}
    again = changelog(USER_PROFILE, (ADA.encode(), row), (ADA.encode(), None), (ADA.encode(), UserProfile()))
    assert find(USER_PROFILE, again) == {"": UserProfile()}


@given(st.permutations(range(6)))
def test_the_row_never_goes_back(order: list[int]) -> None:
    """Whatever a worker wrote that woke up too late, the row that has folded most stands."""
    rows = [UserProfile(applied={"0": offset}, erased_at=offset) for offset in order]
    found = find(USER_PROFILE, changelog(USER_PROFILE, *((ADA.encode(), row) for row in rows)))
    assert found == {"": UserProfile(applied={"0": 5}, erased_at=5)}


def test_the_position_is_the_end_of_the_partition() -> None:
    log = changelog(USER_PROFILE, *[(ADA.encode(), replace(UserProfile(), applied={"0": n})) for n in range(3)])
    found = find_rows(USER_PROFILE, ADA, reader_of(log, PARTITIONS), CODECS.of(USER_PROFILE.changelog))
    assert (found.partition, found.position) == (partition_of(ADA.encode(), PARTITIONS), 3)


def test_a_key_that_cannot_be_is_refused() -> None:
    with pytest.raises(InvalidFieldError, match="tenant_id"):
        find(USER_PROFILE, {}, TenantKey("NO", "ada"))
