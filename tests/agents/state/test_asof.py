"""A row as it was is the row that the events before had made."""

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from agents.errors import SourceLostError
from agents.state.asof import as_of
from agents.state.columns import unpack
from agents.tables import ITEM_STATS, TABLES, USER_HISTORY
from schemas.errors import InvalidFieldError
from schemas.records import BehaviorEvent, Row
from schemas.tenancy import TenantKey
from tests.agents.state.chronicle import BEGIN, PARTITIONS, STEP_MS, Chronicle, logs
from topics.catalog import BEHAVIOR

NEVER = BEGIN + 1_000_000 * STEP_MS

Rows = dict[tuple[str, bytes], Row]


def past(chronicle: Chronicle, moment: int) -> Rows:
    """All rows as they were, without their positions, asked for key by key."""
    log = chronicle.log()
    owners = {(name, key.partition(b"\0")[0]) for name, key in chronicle.tables}
    found: Rows = {}
    for table in TABLES:
        for key in {owner for name, owner in owners if name == table.name}:
            for chunk, row in as_of(table, TenantKey.decode(key), moment, log).rows.items():
                found[table.name, key + (b"\0" + chunk.encode() if chunk else b"")] = row
    return unplaced(found)


def unplaced(rows: Rows) -> Rows:
    return {place: replace(row, applied={}) for place, row in rows.items()}


@given(logs(40))
def test_the_row_as_of_the_end_is_the_row_that_the_workers_made(written: list[Any]) -> None:
    chronicle = Chronicle()
    chronicle.write(written)
    found = past(chronicle, NEVER)
    assert found == unplaced(chronicle.tables)
    # It was never encoded, and can be told all the same: names of actions are text, not members of an enumeration.
    assert orjson.dumps([unpack(row) for row in found.values()])


@given(logs(40), st.integers(0, 20))
def test_the_row_as_of_a_moment_is_what_the_events_before_it_had_made(written: list[Any], steps: int) -> None:
    whole, before = Chronicle(), Chronicle()
    offsets = whole.write(written)
    before.write([event for event, offset in zip(written, offsets, strict=True) if offset < steps])
    assert past(whole, BEGIN + steps * STEP_MS) == unplaced(before.tables)


def test_the_place_in_the_log_is_told() -> None:
    chronicle = Chronicle()
    event = BehaviorEvent("e", "acme", "ada", "tea", "click", BEGIN)
    chronicle.write([event])
    [at] = (at for at in chronicle.records if at.topic == BEHAVIOR.name)
    assert as_of(USER_HISTORY, TenantKey("acme", "ada"), BEGIN + STEP_MS, chronicle.log()).until == {at: 1}
    # An item's events come from users of every partition.
    until = as_of(ITEM_STATS, TenantKey("acme", "tea"), BEGIN + STEP_MS, chronicle.log()).until
    assert until == {place: int(place == at) for place in chronicle.log().partitions(BEHAVIOR)}
    assert len(until) == PARTITIONS


def test_a_key_without_events_has_no_row() -> None:
    assert as_of(ITEM_STATS, TenantKey("acme", "tea"), NEVER, Chronicle().log()).rows == {}


def test_a_log_that_lost_its_beginning_is_refused() -> None:
    log = Chronicle().log()
    offsets: Any = log.reader.offsets
    offsets.start.side_effect = lambda asked: dict.fromkeys(asked, 7)
    with pytest.raises(SourceLostError, match="begins at 7"):
        as_of(ITEM_STATS, TenantKey("acme", "tea"), NEVER, log)


def test_a_key_that_cannot_be_is_refused() -> None:
    with pytest.raises(InvalidFieldError, match="tenant_id"):
        as_of(ITEM_STATS, TenantKey("NO", "tea"), NEVER, Chronicle().log())
