"""Configs: of each component the first of every version stands, whatever was read in which mixture and how often."""

from collections import defaultdict
from random import Random

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from schemas.config_records import ConfigChange
from schemas.loading import local_codecs
from tests.config_strategies import config_changes
from tests.topics.logbook import Log, reader_of
from topics.catalog import CONFIG_CHANGES
from topics.configs import SUBJECTS, Configs, History, Ledger, newest, parcel
from topics.offsets import Partition
from topics.partitioning import partition_of

CODECS = local_codecs(SUBJECTS)
PARTITIONS = 3
TENANTS = ("t0", "t1")
logs = st.lists(config_changes(versions=st.integers(1, 5)), max_size=30)


def ledger_of(changes: list[ConfigChange]) -> dict[str, History]:
    ledger = Ledger()
    for change in changes:
        ledger.take(change)
    return {tenant: ledger.of(tenant) for tenant in TENANTS}


def lanes(changes: list[ConfigChange]) -> list[list[ConfigChange]]:
    """Return the changes by key, each key's in their order: what the log keeps the order of."""
    found: defaultdict[tuple[str, str], list[ConfigChange]] = defaultdict(list)
    for change in changes:
        found[change.tenant_id, change.component].append(change)
    return list(found.values())


def mixed(parts: list[list[ConfigChange]], random: Random) -> list[ConfigChange]:
    """Return all parts in one list, each in its order; what was read before may come again, as after an outage."""
    waiting, order = [list(part) for part in parts], []
    while any(waiting):
        part = random.choice([part for part in waiting if part])
        order.append(part.pop(0))
        if random.random() < 0.3:
            order += [change for change in order if random.random() < 0.5]
    return order


@given(logs, st.randoms(use_true_random=False))
def test_what_stands_depends_on_no_mixture_of_partitions_and_no_repetition(
    changes: list[ConfigChange], random: Random
) -> None:
    assert ledger_of(mixed(lanes(changes), random)) == ledger_of(changes)


@given(logs)
def test_of_each_version_the_first_in_the_log_stands(changes: list[ConfigChange]) -> None:
    firsts: dict[tuple[str, str, int], ConfigChange] = {}
    for change in changes:
        firsts.setdefault((change.tenant_id, change.component, change.version), change)
    for tenant, history in ledger_of(changes).items():
        for component, versions in history.items():
            assert [change.version for change in versions] == sorted({change.version for change in versions})
            assert newest(history, component) == versions[-1].version
            for change in versions:
                assert change is firsts.pop((tenant, component, change.version))
        assert newest(history, "experiment.none") == 0
    assert not firsts


def test_of_two_who_write_a_version_at_once_one_stands() -> None:
    first = ConfigChange("a", "t0", "serving", 1, "{}", 0)
    second = replace(first, event_id="b", json='{"ranker": "score"}')
    ledger = Ledger()
    assert [ledger.take(each) for each in (first, second, first)] == [True, False, False]
    before = ledger.of("t0")
    assert before == {"serving": (first,)}
    assert ledger.take(replace(second, version=2))
    assert before == {"serving": (first,)}, "what was handed out does not change"


@given(logs)
def test_the_log_is_read_back_as_it_was_written(changes: list[ConfigChange]) -> None:
    log: Log = {Partition(CONFIG_CHANGES.name, number): [] for number in range(PARTITIONS)}
    for change in changes:
        written = parcel(change, CODECS)
        log[Partition(written.topic, partition_of(written.key, PARTITIONS))].append((written.key, written.value))
    found = Configs(reader_of(log, PARTITIONS), CODECS).ledger()
    assert {tenant: found.of(tenant) for tenant in TENANTS} == ledger_of(changes)


def test_what_is_no_change_or_stands_under_anothers_key_is_left_out() -> None:
    good = parcel(ConfigChange("a", "t0", "serving", 1, "{}", 0), CODECS)
    at = Partition(CONFIG_CHANGES.name, 0)
    log: Log = {at: [(good.key, b"junk"), (b"t1/serving", good.value), (good.key, None), (good.key, good.value)]}
    configs = Configs(reader_of(log), CODECS)
    ledger = configs.ledger()
    assert list(ledger.of("t0")) == ["serving"]
    assert ledger.of("t1") == {}
