"""Crashes at every point of the runner's order: whatever part of a batch had reached the log, the tables come out as
if nothing had happened.

The model is the log itself: a batch's records reach each partition as a prefix of what was sent there, which is all
that an idempotent producer promises, and what is lost in a crash is everything that is not in the log.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any
from zlib import crc32

from hypothesis import given
from hypothesis import strategies as st

from agents.audience import AUDIENCE_AGENT
from agents.behavior import BEHAVIOR_AGENT, item_key, user_key
from agents.folds.digest import digest
from agents.folds.sourced import Sourced
from agents.runtime.agent import Agent
from agents.runtime.work import Work
from agents.tables import Table
from schemas.hashing import id_hash
from schemas.records import BehaviorEvent, Row
from tests.strategies import behavior_events, event_ids, few, times

PARTITIONS = 2
NOW = 1_700_000_000_000


def partition_of(key: bytes) -> int:
    return crc32(key) % PARTITIONS


class Member:
    """An agent on one partition: its changelog, its committed position and what it sent on."""

    def __init__(self, agent: Agent[Any]) -> None:
        self.agent = agent
        self.changelog: dict[str, list[tuple[bytes, Row]]] = defaultdict(list)
        self.committed = 0
        self.emitted: list[Sourced[Any]] = []

    def rows(self) -> dict[tuple[str, bytes], Row]:
        """Restore: the last row of each key."""
        return {(table, key): row for table, written in self.changelog.items() for key, row in written}

    def load(self) -> Callable[[Table[Any], bytes], Row]:
        rows = self.rows()
        return lambda table, key: rows.get((table.name, key), table.empty)

    def run(self, log: Sequence[Sourced[Any]], size: int, arrived: Callable[[str], float] | None) -> None:
        """Do one batch. `arrived` says for each destination which part of what was sent there reached the log before
        the crash; without it nothing crashes."""
        batch = log[self.committed : self.committed + size]
        events = {sourced.offset: sourced for sourced in batch}
        work = Work(self.load(), {sourced.offset: b"" for sourced in batch})
        self.agent.fold(batch, work)
        sent: dict[str, list[Callable[[], None]]] = defaultdict(list)
        for table, key, row in work.changes():
            written = self.changelog[table.name]
            sent[table.name].append(partial(written.append, (key, row)))
        for emission in work.emissions:
            event = events[emission.origin.offset]
            place = f"{emission.topic.name}/{partition_of(emission.key)}"
            sent[place].append(partial(self.emitted.append, event))
        for place, records in sent.items():
            reached = len(records) if arrived is None else int(len(records) * arrived(place))
            for write in records[:reached]:
                write()
        if arrived is None:
            self.committed += len(batch)


def part_of(crash: Sequence[float], place: str) -> float:
    return crash[crc32(place.encode()) % len(crash)]


def drain(member: Member, log: Sequence[Sourced[Any]], script: Sequence[tuple[int, list[float] | None]]) -> None:
    for size, crash in script:
        member.run(log, size, None if crash is None else partial(part_of, crash))
    member.run(log, len(log), None)


def tables(events: Sequence[BehaviorEvent], script: Sequence[tuple[int, list[float] | None]]) -> dict[Any, int]:
    """Fold the events through both agents under the script; return the digest of every row."""
    sources: list[list[Sourced[BehaviorEvent]]] = [[] for _ in range(PARTITIONS)]
    for event in events:
        log = sources[partition := partition_of(user_key(event))]
        log.append(Sourced(event, partition, len(log), id_hash(event.event_id)))
    accepted: list[list[Sourced[BehaviorEvent]]] = [[] for _ in range(PARTITIONS)]
    found: dict[Any, Row] = {}
    for log in sources:
        member = Member(BEHAVIOR_AGENT)
        drain(member, log, script)
        found |= member.rows()
        for sourced in member.emitted:
            accepted[partition_of(item_key(sourced.event))].append(sourced)
    for log in accepted:
        member = Member(AUDIENCE_AGENT)
        drain(member, log, script)
        found |= member.rows()
    return {place: digest(place[1], row) for place, row in found.items()}


events = st.lists(
    behavior_events(
        tenants=st.just("t"),
        users=few("u", 4),
        items=few("i", 3),
        ids=few("e", 12) | event_ids(),
        times=times(around=NOW),
    ),
    max_size=25,
    unique_by=lambda event: (event.event_id, event.user_id),
).flatmap(
    lambda once: st.lists(st.sampled_from(once), max_size=8).map(lambda again: once + again) if once else st.just(once)
)

scripts = st.lists(
    st.tuples(st.integers(1, 9), st.none() | st.lists(st.floats(0, 1), min_size=1, max_size=5)), max_size=10
)


@given(events, scripts)
def test_no_crash_shows_in_any_table(
    events: list[BehaviorEvent], script: list[tuple[int, list[float] | None]]
) -> None:
    assert tables(events, script) == tables(events, [])


@given(events, st.data())
def test_no_order_and_no_duplicate_shows_in_any_table(events: list[BehaviorEvent], data: st.DataObject) -> None:
    shuffled = data.draw(st.permutations(events))
    once = list({(event.event_id, event.user_id): event for event in events}.values())
    assert tables(shuffled, []) == tables(once, [])
