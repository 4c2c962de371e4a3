"""Small logs of every event topic, and what the agents make of them: for tests of what folds the log again."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from confluent_kafka import Message
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from msgspec.structs import replace

from agents.roster import AGENTS
from agents.runtime.agent import Agent
from agents.runtime.intake import Limits
from agents.runtime.work import Emission, Work
from agents.settings import WorkerSettings
from agents.state.refold import SUBJECTS, Log, Refold
from agents.tables import TABLES, Table
from schemas.loading import local_codecs
from schemas.records import BehaviorEvent, ItemChange, Record, Row, UserChange
from tests.agents.folds.worlds import behaviors, catalogue_changes, profile_changes
from tests.topics.logbook import message, reader_over
from topics.catalog import ACCEPTED, BEHAVIOR, ITEM_CHANGE, USER_CHANGE
from topics.headers import ORIGIN
from topics.offsets import Partition
from topics.partitioning import partition_of
from topics.topic import Topic

PARTITIONS: Final = 3
STEP_MS: Final = 10
"""Time between two records of a partition."""

BEGIN: Final = 1_702_000_000_000
"""When the first record of each partition was written."""

CODECS: Final = local_codecs({table.changelog.subject: table.changelog.record for table in TABLES} | SUBJECTS)
TOPIC_OF: Final[dict[type[Record], Topic]] = {
    BehaviorEvent: BEHAVIOR,
    ItemChange: ITEM_CHANGE,
    UserChange: USER_CHANGE,
}
AGENT_OF: Final = {agent.source.name: agent for agent in AGENTS}
SETTINGS: Final = WorkerSettings()
LIMITS: Final = Limits(SETTINGS.max_event_bytes, SETTINGS.ahead_ms, PARTITIONS)

Tables = dict[tuple[str, bytes], Row]


def logs(most: int) -> SearchStrategy[list[Any]]:
    """Return a few events of all topics, some of them twice."""
    return (
        st.lists(behaviors | catalogue_changes | profile_changes, max_size=most)
        # One id names one event: which of two counts would be a matter of order otherwise.
        .map(lambda once: [replace(event, event_id=f"e{number}") for number, event in enumerate(once)])
        .flatmap(lambda once: st.permutations(once + once[::3]))
    )


@dataclass
class Chronicle:
    """The log of one world, written in turn; and the tables, folded as it is written."""

    records: dict[Partition, list[Message]] = field(default_factory=lambda: defaultdict(list))
    tables: Tables = field(default_factory=dict)

    def write(self, events: Sequence[Any]) -> list[int]:
        """Write the events, after each a record that is none, and let the agents fold them; return their offsets."""
        places = []
        for event in events:
            topic = TOPIC_OF[type(event)]
            agent = AGENT_OF[topic.name]
            key = agent.key_of(event)
            at = Partition(topic.name, partition_of(key, PARTITIONS))
            places.append(len(self.records[at]))
            self._append(at, key, CODECS.of(topic).encode(event))
            self._fold(agent, at)
            self._append(at, key, b"nothing of ours")
        return places

    def log(self) -> Log:
        """Return the log, to be read."""
        return Log(reader_over(self.records, PARTITIONS), CODECS, SETTINGS)

    def row(self, table: Table[Any], key: bytes) -> Row:
        """Return the row as it stands."""
        row: Row = self.tables.get((table.name, key), table.empty)
        return row

    def ends(self) -> Mapping[Partition, int]:
        """Return the next offset of every partition that has records."""
        return {at: len(records) for at, records in self.records.items()}

    def _append(self, at: Partition, key: bytes, value: bytes, headers: list[tuple[str, bytes]] | None = None) -> None:
        records = self.records[at]
        timestamp = BEGIN + STEP_MS * len(records)
        records.append(message(at, len(records), key, value, timestamp=timestamp, headers=headers))

    def _fold(self, agent: Agent[Any], at: Partition) -> None:
        intake = Refold(agent, CODECS, LIMITS).take_in(self.records[at][-1:])
        work = Work(self.row, intake.payloads)
        agent.fold(intake.events, work)
        self.tables.update({(table.name, key): row for table, key, row in work.changes()})
        for emission in work.emissions:
            self._pass_on(emission)

    def _pass_on(self, emission: Emission) -> None:
        at = Partition(ACCEPTED.name, partition_of(emission.key, PARTITIONS))
        self._append(at, emission.key, emission.value, [(ORIGIN, emission.origin.encode())])
        self._fold(AGENT_OF[ACCEPTED.name], at)
