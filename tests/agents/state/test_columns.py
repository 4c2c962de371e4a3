"""Rows are taken apart without losing anything, and any row can be shown."""

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from agents.state.columns import unpack
from agents.state.display import render
from agents.tables import TABLES
from schemas.governance.examples import EXAMPLES
from schemas.packing import ACTS, PACKED
from schemas.records import ACTION_INDEX, Row, UserHistory
from tests.row_strategies import RECORDS

rows: st.SearchStrategy[Any] = st.one_of([RECORDS[table.changelog.record] for table in TABLES])


@given(rows)
def test_nothing_is_lost_by_unpacking(row: Row) -> None:
    fields = unpack(row)
    kept: dict[str, Any] = {}
    for name, value in fields.items():
        packing = PACKED.get(f"{type(row).__name__}.{name}")
        if packing is None:
            kept[name] = value
            continue
        kept[name] = packing.pack(tuple(entry[column] for column in packing.columns) for entry in value)
        for beside in value[0].keys() - {*packing.columns, "field"} if value else ():
            kept[beside] = [entry[beside] for entry in value]
    assert type(row)(**kept) == row
    assert orjson.loads(orjson.dumps(fields)) is not None


@given(rows)
def test_every_row_can_be_shown_and_rules_no_terminal(row: Row) -> None:
    console = Console(width=200, force_terminal=False)
    with console.capture() as captured:
        for part in render(row):
            console.print(part)
    assert all(char.isprintable() or char == "\n" for char in captured.get())


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_an_example_is_shown_in_words(table: Any) -> None:
    console = Console(width=200, force_terminal=False)
    with console.capture() as captured:
        example = EXAMPLES[table.changelog.record][0]
        assert isinstance(example, Row)
        for part in render(example):
            console.print(part)
    if table.name not in ("item_neighbors",):
        assert "2025-08-11" in captured.get()


def test_actions_are_named() -> None:
    acts = ACTS.pack([(0, 1 << ACTION_INDEX["click"] | 1 << ACTION_INDEX["like"])])
    console = Console(width=200, force_terminal=False)
    with console.capture() as captured:
        for part in render(UserHistory(items=["tea"], acts=acts)):
            console.print(part)
    assert "click, like" in captured.get()
    assert "tea" in captured.get()
