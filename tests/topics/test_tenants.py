"""Tenants: who may call as whom is a function of the set of changes."""

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from schemas.loading import local_codecs
from schemas.tenant_records import TenantChange
from tests.tenant_strategies import tenant_changes
from tests.topics.logbook import Log, reader_of
from topics.catalog import TENANT_CHANGES
from topics.offsets import Partition
from topics.partitioning import partition_of
from topics.tenants import SUBJECTS, Tenants, tenants_of

CODECS = local_codecs(SUBJECTS)
PARTITIONS = 3

changes = st.lists(tenant_changes(), max_size=12, unique_by=lambda change: change.event_id)


def change(number: int, kind: str, at: int, ended: list[str] | None = None, until: int | None = None) -> TenantChange:
    return TenantChange(f"e{number}", "t", kind, at, f"k{number}", f"{number:064x}", "T", ended or [], until)


@given(changes, st.integers(0, 99))
def test_tenants_are_a_function_of_the_set(given: list[TenantChange], seed: int) -> None:
    shuffled = [*given, *given]
    Random(seed).shuffle(shuffled)
    assert tenants_of(shuffled) == tenants_of(given)


@given(changes, changes)
def test_a_change_ends_keys_of_its_own_tenant_only(given: list[TenantChange], others: list[TenantChange]) -> None:
    own = [each for each in given if each.tenant_id == "t0"]
    strange = [each for each in others if each.tenant_id == "t1"]
    assert tenants_of([*own, *strange]).get("t0") == tenants_of(own).get("t0")


@given(changes, st.integers(0, 2**41))
def test_more_changes_never_bring_an_ended_key_back(given: list[TenantChange], now: int) -> None:
    def good(some: list[TenantChange]) -> set[tuple[str, str]]:
        return {(each.id, key.id) for each in tenants_of(some).values() for key in each.good_keys(now)}

    for count in range(len(given)):
        known = {(each.tenant_id, each.key_id) for each in given[:count]}
        assert good(given) & known <= good(given[:count])


@given(changes)
def test_what_is_written_is_read(given: list[TenantChange]) -> None:
    tenants = Tenants(reader_of({}, PARTITIONS), CODECS)
    log: Log = {Partition(TENANT_CHANGES.name, number): [] for number in range(PARTITIONS)}
    for each in given:
        parcel = tenants.parcel(each)
        log[Partition(parcel.topic, partition_of(parcel.key, PARTITIONS))].append((parcel.key, parcel.value))
    read = Tenants(reader_of(log, PARTITIONS), CODECS).all()
    for tenant in ("t0", "t1"):
        own = [each for each in given if each.tenant_id == tenant]
        assert [each for each in read if each.tenant_id == tenant] == own


def test_a_rotation_ends_the_keys_that_it_names_and_not_those_of_another_at_the_same_time() -> None:
    created = change(1, "created", 100)
    one = change(2, "rotated", 200, ["k1"], 1_000)
    other = change(3, "rotated", 200, ["k1"], 900)
    tenant = tenants_of([other, one, created])["t"]
    assert (tenant.title, tenant.created_at_ms) == ("T", 100)
    assert {key.id: key.ends_at_ms for key in tenant.keys} == {"k1": 900, "k2": None, "k3": None}
    assert [key.id for key in tenant.good_keys(899)] == ["k1", "k2", "k3"]
    assert [key.id for key in tenant.good_keys(900)] == ["k2", "k3"]


def test_a_kind_that_is_not_known_changes_nothing() -> None:
    created = change(1, "created", 100)
    assert tenants_of([created, change(2, "split", 50, ["k1"], 0)]) == tenants_of([created])
