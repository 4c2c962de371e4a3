"""Refold: records of the log folded again, in memory, by the very code that makes the tables."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from confluent_kafka import Message

from agents.folds.sourced import Sourced
from agents.rebuild.records import record_of
from agents.roster import AGENTS
from agents.runtime.agent import Agent
from agents.runtime.intake import Intake, Limits, schema_ids, take_in
from agents.runtime.work import Load, Work
from agents.settings import WorkerSettings
from agents.tables import Table
from schemas.errors import UnknownSchemaError
from schemas.loading import Codecs
from schemas.records import Record, Row
from topics.generation import FIRST, Generation
from topics.offsets import Partition
from topics.reader import LogReader
from topics.topic import Topic

SUBJECTS: Final[dict[str, type[Record]]] = {agent.source.subject: agent.source.record for agent in AGENTS}
"""What folding events again needs codecs for, besides those of the tables."""

Rows = Mapping[tuple[str, bytes], Row]
"""Rows by table and key."""


def maker_of(table: Table[Any]) -> Agent[Any]:
    """Return the agent that makes the table; it is one alone."""
    [agent] = [agent for agent in AGENTS if table in agent.tables]
    return agent


@dataclass(frozen=True, slots=True)
class Log:
    """The log as the workers of a generation read it. Threads may share it."""

    reader: LogReader
    codecs: Codecs
    """For at least SUBJECTS."""

    settings: WorkerSettings
    """They say which events a worker refuses."""

    generation: Generation = FIRST

    def at(self, generation: Generation) -> "Log":
        """Return the log as the workers of another generation read it."""
        return replace(self, generation=generation)

    def partitions(self, topic: Topic) -> list[Partition]:
        """Return the partitions of the generation's topic in order."""
        return self.reader.offsets.partitions(self.generation.name(topic))

    def refold(self, agent: Agent[Any]) -> "Refold":
        """Return the agent without its runtime."""
        partitions = len(self.partitions(agent.source))
        limits = Limits(self.settings.max_event_bytes, self.settings.ahead_ms, partitions)
        return Refold(agent, self.codecs, limits)


class Refold:
    """One agent without its runtime: nothing is sent and nothing is stored."""

    def __init__(self, agent: Agent[Any], codecs: Codecs, limits: Limits) -> None:
        self.agent: Final = agent
        self._codecs = codecs
        self._limits = limits

    def take_in(self, messages: Sequence[Message]) -> Intake:
        """Decode and check the records of one partition as a worker does; what it would refuse is among the letters.

        Raises RegistryUnavailableError if a record names a schema that is not known yet and cannot be asked for.
        """
        records = [record_of(message) for message in messages]
        for schema_id in schema_ids(records):
            self._learn(schema_id)
        return take_in(self.agent, self._codecs.of(self.agent.source), records, self._limits)

    def fold(self, intake: Intake, events: Sequence[Sourced[Any]], rows: Load) -> Rows:
        """Return what becomes of `rows` by these of the intake's events: the rows that change, and no others."""
        work = Work(rows, intake.payloads)
        self.agent.fold(events, work)
        return {(table.name, key): row for table, key, row in work.changes()}

    def _learn(self, schema_id: int) -> None:
        try:
            self._codecs.fetch(schema_id)
        except UnknownSchemaError:
            return  # take_in makes a letter of it
