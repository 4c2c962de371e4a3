"""The difference between the topics as declared and as the broker has them, and what would close it. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple, TypeAlias

from topics.topic import Topic

_INTERNAL: Final = "__"
"""How the names of Kafka's own topics begin."""


class Layout(NamedTuple):
    """What the settings say of all topics."""

    partitions: int
    replication_factor: int


class Existing(NamedTuple):
    """A topic as the broker has it."""

    partitions: int
    replication_factor: int
    config: Mapping[str, str]
    """Its configuration with the broker's defaults filled in."""


@dataclass(frozen=True, slots=True)
class Create:
    """The broker lacks the topic."""

    topic: Topic
    partitions: int
    replication_factor: int
    config: Mapping[str, str]

    @property
    def name(self) -> str:
        """The topic's name."""
        return self.topic.name


@dataclass(frozen=True, slots=True)
class Configure:
    """The topic's configuration has drifted; `apply` sets it back."""

    name: str
    config: Mapping[str, str]
    """The settings that differ, as declared."""

    present: Mapping[str, str]
    """The same settings, as the broker has them."""


@dataclass(frozen=True, slots=True)
class Mismatch:
    """The topic differs in what cannot be changed without losing what it promises; the whole plan is refused."""

    name: str
    why: str


Step: TypeAlias = Create | Configure | Mismatch


@dataclass(frozen=True, slots=True)
class Plan:
    """What `apply` would do, topic by topic in the order of the catalog."""

    steps: Sequence[Step]
    unknown: Sequence[str]
    """Topics of the broker that nobody declared. They are never touched: they may be another system's."""

    @property
    def mismatches(self) -> list[Mismatch]:
        """The steps that forbid the plan."""
        return [step for step in self.steps if isinstance(step, Mismatch)]


def declared_config(topic: Topic, replication_factor: int) -> dict[str, str]:
    """Return the topic's configuration at this number of copies.

    Where there are three copies or more, two of them must have a record before it counts: one lost broker then neither
    loses what was confirmed nor stops the writers.
    """
    return {**topic.config(), "min.insync.replicas": "2" if replication_factor > 2 else "1"}


def make_plan(declared: Sequence[Topic], existing: Mapping[str, Existing], layout: Layout) -> Plan:
    """Return the steps from what exists, by topic name, to what is declared."""
    steps = [step for topic in declared for step in _steps(topic, existing.get(topic.name), layout)]
    names = {topic.name for topic in declared}
    return Plan(steps, sorted(name for name in existing.keys() - names if not name.startswith(_INTERNAL)))


def _steps(topic: Topic, present: Existing | None, layout: Layout) -> list[Step]:
    partitions = topic.partitions or layout.partitions
    if present is None:
        config = declared_config(topic, layout.replication_factor)
        return [Create(topic, partitions, layout.replication_factor, config)]
    if present.partitions != partitions:
        return [Mismatch(topic.name, _why_partitions_stay(present.partitions, partitions))]
    config = declared_config(topic, present.replication_factor)
    drifted = {name: value for name, value in config.items() if present.config.get(name) != value}
    if not drifted:
        return []
    return [Configure(topic.name, drifted, {name: present.config.get(name, "") for name in drifted})]


def _why_partitions_stay(present: int, declared: int) -> str:
    return (
        f"has {present} partitions, not {declared}. The partition of a key would change with their number: a user's"
        " next events would meet another worker and an empty row, and old rows would stay behind where they are."
        f" Set TIDELINE_KAFKA_PARTITIONS={present}; for another number, set up a new cluster and copy the events."
    )
