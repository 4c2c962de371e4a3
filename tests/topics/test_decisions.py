"""A decision is found by the time that its request id tells, and nobody else's ever."""

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st
from uuid_utils import uuid7

from schemas.decision_records import Decision
from schemas.loading import local_codecs
from schemas.tenancy import TenantKey
from tests.topics.logbook import message, reader_over
from topics.catalog import DECISIONS
from topics.decisions import AFTER_MS, BEFORE_MS, find_decision, made_at
from topics.offsets import Partition
from topics.partitioning import partition_of
from topics.reader import LogReader

CODEC = local_codecs({DECISIONS.subject: DECISIONS.record}).of(DECISIONS)
PARTITIONS = 2
MOMENT = 1_700_000_000_000


def id_at(moment: int, number: int = 0) -> str:
    """Return a UUIDv7 of this moment."""
    return str(uuid.UUID(int=moment << 80 | 7 << 76 | 2 << 62 | number))


def log_of(*written: tuple[Decision, int]) -> LogReader:
    """Return a reader of decisions, each stamped with its moment."""
    records: dict[Partition, list[object]] = {}
    for decision, stamped in written:
        key = TenantKey(decision.tenant_id, decision.user_id).encode()
        at = Partition(DECISIONS.name, partition_of(key, PARTITIONS))
        there = records.setdefault(at, [])
        there.append(message(at, len(there), key, CODEC.encode(decision), timestamp=stamped))
    return reader_over(records, PARTITIONS)


def decision(request_id: str, tenant: str = "t", user: str = "u") -> Decision:
    return Decision(request_id, tenant, user, "home", 0, 0, ["a"], b"")


@given(st.integers(0, 2**48 - 1), st.integers(0, 2**60))
def test_the_time_of_a_uuid7_is_that_of_its_making(moment: int, number: int) -> None:
    assert made_at(id_at(moment, number)) == moment


def test_the_ids_that_are_given_out_tell_their_time() -> None:
    assert (made_at(str(uuid7())) or 0) > MOMENT


@pytest.mark.parametrize("request_id", ["", "mine", str(uuid.UUID(int=4 << 76 | 2 << 62)), "0" * 32])
def test_any_other_id_tells_nothing(request_id: str) -> None:
    assert made_at(request_id) is None


@pytest.mark.parametrize("user", [None, "u"])
@pytest.mark.parametrize("late", [-BEFORE_MS, 0, AFTER_MS - 1])
def test_a_record_near_its_time_is_found(user: str | None, late: int) -> None:
    wanted = id_at(MOMENT, 5)
    log = log_of(
        (decision(id_at(MOMENT - 10_000)), MOMENT - 10_000),
        (decision(id_at(MOMENT, 4)), MOMENT + late),
        (decision(wanted), MOMENT + late),
    )
    found = find_decision(log, CODEC, "t", wanted, user)
    assert found is not None
    assert found.request_id == wanted


@pytest.mark.parametrize("late", [-BEFORE_MS - 1, AFTER_MS])
def test_what_lies_elsewhere_is_not_looked_through(late: int) -> None:
    wanted = id_at(MOMENT)
    assert find_decision(log_of((decision(wanted), MOMENT + late)), CODEC, "t", wanted) is None


def test_an_id_without_a_time_is_looked_for_everywhere() -> None:
    assert find_decision(log_of((decision("mine"), 5)), CODEC, "t", "mine") is not None


@pytest.mark.parametrize(("tenant", "user"), [("other", None), ("other", "u"), ("t", "v"), ("tt", None)])
def test_another_tenants_or_users_is_not_found(tenant: str, user: str | None) -> None:
    wanted = id_at(MOMENT)
    assert find_decision(log_of((decision(wanted), MOMENT)), CODEC, tenant, wanted, user) is None


def test_a_request_id_that_another_record_merely_holds_is_not_taken_for_its_own() -> None:
    assert find_decision(log_of((decision("mine-too"), 5)), CODEC, "t", "mine") is None
