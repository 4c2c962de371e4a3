"""Folds as the agents run them, without Kafka: stages that read a log in batches and crash where they are told to.

A stage takes its rows and a batch, and returns the rows that changed and the events that it passes on. What one stage
passes on is the log that the next one reads.
"""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from operator import attrgetter
from typing import Any, NamedTuple, Protocol, TypeAlias

from hypothesis import strategies as st

from agents.folds import history
from agents.folds.sourced import Sourced
from schemas.hashing import id_hash
from schemas.records import BehaviorEvent, Row, UserHistory

Log: TypeAlias = Sequence[Sourced[Any]]
Key: TypeAlias = tuple[str, Hashable]
"""Table and key of a row."""
Rows: TypeAlias = Mapping[Key, Row]
Fold: TypeAlias = Callable[[Any, Sequence[Sourced[Any]]], Any]


class Stage(Protocol):
    """What one agent does with a batch."""

    def __call__(self, rows: Rows, batch: Log) -> tuple[dict[Key, Row], list[Sourced[Any]]]:
        """Return the rows that changed, and what is passed on."""


class Crash(NamedTuple):
    """A worker dies over its batch: some of the changed rows were written, some of the events passed on, not more.

    The four numbers choose among what is possible there: which batch, which rows (bits), how many events, and how far
    back the committed offset lies from which the successor reads again.
    """

    batch: int
    rows: int
    passed_on: int
    back: int


crashes = st.lists(
    st.builds(Crash, st.integers(0, 4), st.integers(0, 2**32 - 1), st.integers(0, 4), st.integers(0, 12)),
    min_size=1,
    max_size=4,
)


def log_of(events: Iterable[Any], source: str) -> list[Sourced[Any]]:
    """Return the events as they stand in a log of two partitions, in this order.

    `source` names the field that keys it. Each partition counts its own offsets.
    """
    ends: defaultdict[int, int] = defaultdict(int)
    log = []
    for event in events:
        partition = id_hash(getattr(event, source)) % 2
        log.append(Sourced(event, partition, ends[partition], id_hash(event.event_id)))
        ends[partition] += 1
    return log


def table(name: str, key_of: Callable[[Any], Hashable], empty: Row, fold: Fold) -> Stage:
    """Return the stage that folds each event into the row of its key, and passes nothing on."""

    def stage(rows: Rows, batch: Log) -> tuple[dict[Key, Row], list[Sourced[Any]]]:
        changed = {}
        for key, events in _grouped(batch, lambda event: (name, key_of(event))).items():
            row = rows.get(key, empty)
            after = fold(row, events)
            if after is not row:
                changed[key] = after
        return changed, []

    return stage


def acceptance(*beside: Stage, fold: Fold = history.fold) -> Stage:
    """Return the stage that folds histories, gives what they accept to the stages beside it, and passes it on.

    It does so in the order of each source partition: the rows downstream take an earlier position for a redelivery.
    """

    def stage(rows: Rows, batch: Log) -> tuple[dict[Key, Row], list[Sourced[Any]]]:
        changed: dict[Key, Row] = {}
        accepted: list[Sourced[BehaviorEvent]] = []
        for key, events in _grouped(batch, _history_key).items():
            row = rows.get(key, UserHistory())
            after, taken = fold(row, events)
            accepted += taken
            if after is not row:
                changed[key] = after
        accepted.sort(key=attrgetter("partition", "offset"))
        for other in beside:
            changed |= other(rows, accepted)[0]
        return changed, accepted

    return stage


def _history_key(event: BehaviorEvent) -> Key:
    return "user_history", (event.user_id, history.slot_of(event.event_time))


def _grouped(batch: Log, key_of: Callable[[Any], Key]) -> dict[Key, list[Sourced[Any]]]:
    groups: defaultdict[Key, list[Sourced[Any]]] = defaultdict(list)
    for sourced in batch:
        groups[key_of(sourced.event)].append(sourced)
    return groups


def run(
    stages: Sequence[Stage],
    log: Log,
    sizes: Sequence[int] = (),
    crashes: Sequence[Crash] = (),
    rows: Rows | None = None,
) -> dict[Key, Row]:
    """Return the rows of all stages after the log, read in batches of these sizes over and over (or all at once)."""
    after = dict(rows or {})
    for stage in stages:
        log = _run(stage, after, log, sizes or (max(len(log), 1),), list(crashes))
    return after


def _run(stage: Stage, rows: dict[Key, Row], log: Log, sizes: Sequence[int], crashes: list[Crash]) -> Log:
    """Bring the rows to the end of the log; return what the stage passed on, repetitions after a crash included."""
    passed_on: list[Sourced[Any]] = []
    position = batches = 0
    while position < len(log):
        batch = log[position : position + sizes[batches % len(sizes)]]
        changed, accepted = stage(rows, batch)
        if crashes and batches >= crashes[0].batch:
            crash = crashes.pop(0)
            rows.update({key: row for bit, (key, row) in enumerate(changed.items()) if crash.rows >> bit % 32 & 1})
            passed_on += accepted[: crash.passed_on]
            position = max(0, position - crash.back)
        else:
            rows.update(changed)
            passed_on += accepted
            position += len(batch)
        batches += 1
    return passed_on
