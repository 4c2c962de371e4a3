"""Two tables that go on being written are compared at one place in the log: what one lacks is folded onto it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from confluent_kafka import Message
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from agents.runtime.agent import Agent
from agents.state.refold import Refold, maker_of
from agents.tables import TABLES, Table
from agents.verify.comparison import Rows, differences, pairs
from agents.verify.cut import Cut
from agents.verify.tail import Side, bring_forward
from schemas.records import (
    BehaviorEvent,
    Item,
    ItemAudience,
    ItemChange,
    ItemNeighbors,
    ItemStats,
    Row,
    UserActivity,
    UserChange,
    UserHistory,
    UserProfile,
)
from tests.agents.folds.worlds import NOW
from tests.agents.state.chronicle import CODECS, LIMITS, PARTITIONS, Chronicle, Tables, logs
from topics.catalog import ACCEPTED, EVENTS
from topics.offsets import Partition
from topics.partitioning import partition_of

FIRST = [
    BehaviorEvent("first", "t", "u0", "i0", "like", NOW),
    ItemChange("first", "t", "i0", "create", NOW),
    UserChange("first", "t", "u0", "update", NOW, attributes={"age": "7"}),
]
"""They make a row of every table."""


@dataclass
class Stages:
    """One world's log, and its tables after each event."""

    chronicle: Chronicle = field(default_factory=Chronicle)
    tables: list[Tables] = field(default_factory=lambda: [{}])
    ends: list[dict[Partition, int]] = field(default_factory=lambda: [{}])

    @classmethod
    def of(cls, written: Sequence[Any]) -> "Stages":
        stages = cls()
        for event in written:
            stages.chronicle.write([event])
            stages.tables.append(stages.chronicle.tables.copy())
            stages.ends.append(dict(stages.chronicle.ends()))
        return stages

    def cut(self, stage: int) -> Cut:
        partitions = {
            topic.name: [Partition(topic.name, n) for n in range(PARTITIONS)] for topic in (*EVENTS, ACCEPTED)
        }
        ends = {at: self.ends[stage].get(at, 0) for numbers in partitions.values() for at in numbers}
        return Cut(
            {at: end for at, end in ends.items() if at.topic != ACCEPTED.name},
            {at: end for at, end in ends.items() if at.topic == ACCEPTED.name},
        )

    def rows(self, stages: Mapping[str, int]) -> Tables:
        """Rows of each table as they were after its stage: tables are not copied at the same time."""
        return {
            place: row
            for name, stage in stages.items()
            for place, row in self.tables[stage].items()
            if place[0] == name
        }


def found(world: Stages, cut: Cut, built: Tables, live: Tables) -> dict[tuple[str, bytes], Rows]:
    """The differences of all tables."""
    differing: dict[tuple[str, bytes], Rows] = {}
    for table in TABLES:
        for number in range(PARTITIONS):
            for rows in differing_rows(world, cut, table, number, built, live):
                assert (table.name, rows.key) not in differing
                differing[table.name, rows.key] = rows
    return differing


def differing_rows(
    world: Stages, cut: Cut, table: Table[Any], number: int, built: Tables, live: Tables
) -> Iterator[Rows]:
    agent = maker_of(table)
    codec = CODECS.of(table.changelog)
    ours, theirs = (
        [
            (key, codec.encode(row))
            for (name, key), row in sorted(rows.items())
            if (name, home(key)) == (table.name, number)
        ]
        for rows in (built, live)
    )
    read = partial(tail, world, agent, number, cut)
    bounds = cut.of(agent, number)
    refold = Refold(agent, CODECS, LIMITS)
    return differences(
        pairs(ours, theirs),
        codec.decode,
        bounds,
        lambda suspects: bring_forward(
            refold, table, suspects, bounds, Side(partial(load, built), read), Side(partial(load, live), read)
        ),
    )


def tail(world: Stages, agent: Agent[Any], number: int, cut: Cut) -> list[list[Message]]:
    at = Partition(agent.source.name, number)
    return [[record] for record in world.chronicle.records[at][cut.begin(at) :]]


def load(rows: Tables, table: Table[Any], key: bytes) -> Row:
    row: Row = rows.get((table.name, key), table.empty)
    return row


def home(key: bytes) -> int:
    return partition_of(key.partition(b"\0")[0], PARTITIONS)


def stages(last: int, first: int = 0) -> st.SearchStrategy[dict[str, int]]:
    return st.fixed_dictionaries({table.name: st.integers(first, last) for table in TABLES})


@given(logs(20), st.data())
def test_what_two_right_tables_have_beyond_each_other_is_no_difference(
    written: list[Any], data: st.DataObject
) -> None:
    world = Stages.of(written)
    cut = data.draw(st.integers(0, len(written)))
    built, live = (world.rows(data.draw(stages(len(written), cut))) for _ in range(2))
    assert found(world, world.cut(cut), built, live) == {}


@given(logs(20), st.data())
def test_exactly_the_rows_that_were_tampered_with_are_found(later: list[Any], data: st.DataObject) -> None:
    written = [*FIRST, *later]
    world = Stages.of(written)
    cut = data.draw(st.integers(len(FIRST), len(written)))
    built = world.tables[cut]
    live = world.rows(data.draw(stages(len(written), cut)))
    tampered = data.draw(st.sets(st.sampled_from(sorted(live)), max_size=4))
    removed = data.draw(st.sets(st.sampled_from(sorted(built)), max_size=2)) - tampered
    added = data.draw(st.sampled_from(sorted(built)))
    stranger = (added[0], added[1].replace(b"t/", b"nobody/"))
    for place in tampered:
        live[place] = tamper(live[place])
    for place in removed:
        del live[place]
    live[stranger] = built[added]
    differing = found(world, world.cut(cut), built, live)
    assert differing.keys() == tampered | removed | {stranger}
    assert all(differing[place].live is None for place in removed)
    assert differing[stranger].built is None
    for place in tampered:
        assert differing[place].live == live[place]
        assert differing[place].built is not None


def tamper(row: Any) -> Row:
    """The row with something in it that no event says; its positions as they are."""
    match row:
        case UserActivity() | ItemStats():
            return replace(row, totals={**row.totals, "view": row.totals.get("view", 0) + 1})
        case UserHistory():
            return replace(row, event_ids=bytes(len(row.event_ids)))
        case ItemNeighbors():
            return replace(row, users=row.users + bytes(8))
        case ItemAudience():
            return replace(row, users=["nobody", *row.users[1:]])
        case UserProfile():
            return replace(row, erased_at=row.erased_at + 1)
        case Item():
            return replace(row, title=row.title + "!")
    raise AssertionError(row)
