"""The contract of a fold: what its rows hold is a function of the set of events, and nothing else.

A fold passes it by a subclass that says which events it takes, in which stages it runs, and how large a row may grow:

    class TestItem(FoldContract):
        source = "item_id"
        events = item_changes(items=few("i", 3))
        many = [...]
        stages = (table("item", attrgetter("item_id"), Item(), item.fold),)
        max_bytes = 4_000

Rows that a fold returns as the same object are not written, so the contract also shows that leaving `applied` behind
there loses nothing.
"""

import random
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from typing import Any, ClassVar

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DataObject, SearchStrategy

from agents.folds.digest import BOOKKEEPING, combine, digest
from schemas.catalog import avro_schema, schema_name
from schemas.codec import Codec, SchemaCache
from schemas.records import Row
from tests.contracts.stages import Rows, Stage, crashes, log_of, run

CONTRACT = settings(
    deadline=None,
    max_examples=25,
    report_multiple_bugs=False,
    # One function serves all subclasses: that is what a contract is for.
    suppress_health_check=[HealthCheck.differing_executors],
)
FLOOD = settings(  # not shrunk: a smaller seed tells nothing
    CONTRACT, max_examples=8, phases=[Phase.explicit, Phase.reuse, Phase.generate]
)

batch_sizes = st.lists(st.integers(1, 12), min_size=1, max_size=6)


class FoldContract:
    """Subclass it, with a name that begins with Test."""

    source: ClassVar[str]
    """Name of the field that keys the event topic, and with the event id identifies an event."""

    ids_may_repeat: ClassVar[bool] = False
    """Whether the fold stands two different events under one id, too."""

    events: ClassVar[SearchStrategy[Any]]
    """One event, from so few users, items and times that they collide."""

    many: ClassVar[Sequence[Any]]
    """Different events, of one row or a few: enough to overflow every list of a row several times."""

    stages: ClassVar[Sequence[Stage]]
    """What runs the fold: itself alone, or after the stage that accepts."""

    max_bytes: ClassVar[int]
    """Greatest size of an encoded row after `many`."""

    @CONTRACT
    @given(st.data())
    def test_order_changes_nothing(self, data: DataObject) -> None:
        events = self._draw(data)
        rows = self._run(events)
        shuffled = self._run(data.draw(st.permutations(events)))
        assert state(shuffled) == state(rows)
        assert state_digest(shuffled) == state_digest(rows)

    @CONTRACT
    @given(st.data())
    def test_repetition_changes_nothing(self, data: DataObject) -> None:
        events = self._draw(data)
        again = data.draw(st.lists(st.sampled_from(events)))
        assert state(self._run(data.draw(st.permutations(events + again)))) == state(self._run(events))

    @CONTRACT
    @given(st.data(), batch_sizes)
    def test_batching_changes_nothing(self, data: DataObject, sizes: list[int]) -> None:
        log = log_of(self._draw(data), self.source)
        assert state(run(self.stages, log, sizes)) == state(run(self.stages, log))

    @CONTRACT
    @given(st.data(), batch_sizes)
    def test_redelivery_writes_nothing(self, data: DataObject, sizes: list[int]) -> None:
        log = log_of(self._draw(data), self.source)
        rows = run(self.stages, log)
        first, last = sorted((data.draw(st.integers(0, len(log))), data.draw(st.integers(0, len(log)))))
        after = run(self.stages, log[first:last], sizes, rows=rows)
        assert after.keys() == rows.keys()
        assert all(after[key] is row for key, row in rows.items())

    @CONTRACT
    @given(st.data(), batch_sizes, crashes)
    def test_crashes_change_nothing(self, data: DataObject, sizes: list[int], deaths: list[Any]) -> None:
        log = log_of(self._draw(data), self.source)
        assert state(run(self.stages, log, sizes, deaths)) == state(run(self.stages, log))

    @FLOOD
    @given(st.integers(), batch_sizes)
    def test_what_is_dropped_depends_on_no_order(self, seed: int, sizes: list[int]) -> None:
        shuffled = [*self.many, *self.many[::7]]
        random.Random(seed).shuffle(shuffled)
        shuffled_log = log_of(shuffled, self.source)
        assert state(run(self.stages, shuffled_log, sizes)) == state(self._run(self.many))

    def test_rows_stay_small_and_encodable(self) -> None:
        for key, row in self._run(self.many).items():
            assert len(encoded(row)) <= self.max_bytes, f"{key} has outgrown its bound"

    def test_neither_clock_nor_chance_is_asked(self) -> None:
        with only_events():
            self._run(self.many[:100])

    def _draw(self, data: DataObject) -> list[Any]:
        def identity(event: Any) -> tuple[str, str]:
            return getattr(event, self.source), event.event_id

        unique_by = None if self.ids_may_repeat else identity
        return data.draw(st.lists(self.events, min_size=1, max_size=20, unique_by=unique_by))

    def _run(self, events: Sequence[Any]) -> Rows:
        return run(self.stages, log_of(events, self.source))


def state(rows: Rows) -> dict[Any, dict[str, Any]]:
    """Return the rows without their bookkeeping, which tells one log of the same events from another."""
    return {
        key: {name: getattr(row, name) for name in row.__struct_fields__ if name not in BOOKKEEPING}
        for key, row in rows.items()
    }


def state_digest(rows: Rows) -> int:
    """Return the digest of all the rows."""
    return combine(digest(repr(key).encode(), row) for key, row in rows.items())


def encoded(row: Row) -> bytes:
    """Return the row's bytes in its changelog, after checking that they read as the same row."""
    cache = SchemaCache()
    schema = avro_schema(schema_name(type(row)))
    cache.add(1, schema)
    codec = Codec(type(row), schema, 1, cache)
    payload = codec.encode(row)
    assert codec.decode(payload) == row
    return payload


@contextmanager
def only_events() -> Iterator[None]:
    """Fail if a clock or a source of chance is asked meanwhile, however it was imported."""
    asked: list[str] = []

    def watch(frame: Any, event: str, function: Any) -> None:
        if event != "c_call" or frame.f_globals.get("__name__", "").startswith("hypothesis"):
            return  # Hypothesis times every garbage collection, wherever that falls
        owner = getattr(function, "__self__", None)
        is_today = isinstance(owner, type) and issubclass(owner, date) and function.__name__ in _TODAY
        if is_today or getattr(owner, "__name__", "") in _CLOCKS or isinstance(owner, random.Random):
            asked.append(repr(function))

    before = sys.getprofile()
    sys.setprofile(watch)
    try:
        yield
    finally:
        sys.setprofile(before)
    assert not asked, f"asked for more than the events: {', '.join(asked)}"


_TODAY = {"now", "utcnow", "today"}
_CLOCKS = {"time", "posix"}
