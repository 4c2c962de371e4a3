"""Tables of two generations, copied to disk and compared: all rows of all partitions, and nothing else."""

from collections.abc import Mapping

from confluent_kafka import Message

from agents.settings import WorkerSettings
from agents.state.refold import Log
from agents.tables import ITEM_STATS, TABLES, USER_PROFILE
from agents.verify.tables import compare_tables
from agents.verify.tally import Tally
from tests.agents.folds.worlds import flood
from tests.agents.state.chronicle import CODECS, PARTITIONS, Tables
from tests.agents.verify.test_tail import FIRST, Stages, home, tamper
from tests.topics.logbook import message, reader_over
from topics.catalog import ACCEPTED
from topics.generation import FIRST as LIVE
from topics.generation import Generation
from topics.offsets import Partition

BUILT = Generation(1)


def changelogs(rows: Tables, generation: Generation) -> dict[Partition, list[Message]]:
    """The changelogs of a generation in which each row was written once."""
    found: dict[Partition, list[Message]] = {}
    for table in TABLES:
        for (name, key), row in rows.items():
            if name == table.name:
                at = Partition(generation.name(table.changelog), home(key))
                records = found.setdefault(at, [])
                records.append(message(at, len(records), key, CODECS.of(table.changelog).encode(row)))
    return found


def compared(world: Stages, stage: int, live: Tables) -> Mapping[str, Tally]:
    """Compare the tables as they were at a stage with others."""
    records = {**world.chronicle.records, **changelogs(live, LIVE), **changelogs(world.tables[stage], BUILT)}
    for at, end in world.ends[stage].items():
        if at.topic == ACCEPTED.name:
            records[Partition(BUILT.name(ACCEPTED), at.number)] = records[at][:end]
    log = Log(reader_over(records, PARTITIONS), CODECS, WorkerSettings())
    told: set[str] = set()
    tallies = compare_tables(
        TABLES, log.at(BUILT), log, world.cut(stage), 5, lambda what, done, total: told.add(what.split("/")[0])
    )
    assert told >= {f"reading {BUILT.name(table.changelog)}" for table in TABLES}
    return {tally.table: tally for tally in tallies}


def test_every_row_is_compared_and_the_one_that_was_tampered_with_is_found() -> None:
    world = Stages.of([*FIRST, *flood(users=5, items=5, days=2, count=60)])
    stage = 40
    live = world.tables[-1].copy()
    tallies = compared(world, stage, live)
    assert {name: tally.rows for name, tally in tallies.items()} == {
        table.name: sum(name == table.name for name, _ in live) for table in TABLES
    }
    assert all(tally.same for tally in tallies.values())

    [place, *_] = (place for place in sorted(live) if place[0] == ITEM_STATS.name)
    live[place] = tamper(live[place])
    live.pop((USER_PROFILE.name, b"t/u0"))
    tallies = compared(world, stage, live)
    assert {name for name, tally in tallies.items() if not tally.same} == {ITEM_STATS.name, USER_PROFILE.name}
    [altered], [missing] = tallies[ITEM_STATS.name].first, tallies[USER_PROFILE.name].first
    assert (altered.kind, altered.partition, altered.rows.key) == ("different", home(place[1]), place[1])
    assert (missing.kind, missing.partition, missing.rows.key) == ("missing", home(b"t/u0"), b"t/u0")
