"""Item: registers in which the latest change stands."""

import random
from operator import attrgetter
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.folds import item
from schemas.packing import STAMPS
from schemas.records import Item, ItemChange
from tests.agents.folds.worlds import NOW, catalogue_changes
from tests.contracts.fold import FoldContract
from tests.contracts.stages import log_of, table

DEFAULTS: Final = Item()


def _flood() -> list[ItemChange]:
    chance = random.Random(7)
    return [
        ItemChange(
            event_id=f"e{number}",
            tenant_id="t",
            item_id="i",
            change=chance.choice(["create", "update", "delete"]),
            event_time=NOW + chance.randrange(300),
            title=chance.choice([None, f"title {number}"]),
            tags=chance.choice([None, [f"tag{number}"]]),
            attributes=chance.choice([None, {f"name{number}": "value"}]),
        )
        for number in range(1000)
    ]


class TestItem(FoldContract):
    source = "item_id"
    ids_may_repeat = True  # equal stamps are told apart by value, so nothing need accept these events first
    events = catalogue_changes
    many = _flood()
    stages = (table("item", attrgetter("item_id"), Item(), item.fold),)
    max_bytes = 7 * STAMPS.size + 200


def change(kind: str, after: int = 0, **fields: Any) -> ItemChange:
    return ItemChange(f"{kind} {after} {fields}", "t", "i", kind, NOW + after, **fields)


def folded(*changes: ItemChange) -> Item:
    return item.fold(Item(), log_of(changes, "item_id"))


@given(st.lists(catalogue_changes, unique_by=attrgetter("event_id")))
def test_each_field_is_what_its_latest_change_says(changes: list[ItemChange]) -> None:
    row = folded(*changes)
    log = sorted(log_of(changes, "item_id"), key=lambda sourced: (sourced.event.event_time, sourced.id_hash))
    for index, name in enumerate(item.FIELDS):
        value, stamp = getattr(DEFAULTS, name), (-1, 0)
        for sourced in log:
            said = getattr(sourced.event, name)
            if name == "status":
                said = {"delete": "deleted", "create": said or "active"}.get(sourced.event.change, said)
            if said is not None:
                value, stamp = said, (sourced.event.event_time, sourced.id_hash)
        assert getattr(row, name) == value
        assert (STAMPS.unpack(row.stamps) or [(-1, 0)] * 7)[index] == stamp


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ([change("create")], "active"),
        ([change("create", status="hidden")], "hidden"),
        ([change("update", title="no item yet")], "unknown"),
        ([change("create"), change("update", 1, title="t")], "active"),
        ([change("create"), change("update", 1, status="hidden")], "hidden"),
        ([change("create"), change("delete", 1)], "deleted"),
        ([change("create"), change("delete", 1, status="active")], "deleted"),
        ([change("create"), change("delete", 1), change("update", 2, title="t")], "deleted"),
        ([change("create"), change("delete", 1), change("create", 2)], "active"),
    ],
)
def test_status(changes: list[ItemChange], status: str) -> None:
    assert folded(*changes).status == status
    assert folded(*reversed(changes)).status == status


def test_none_leaves_a_field_and_a_value_replaces_it_whole() -> None:
    row = folded(
        change("create", title="A", tags=["x", "y"], attributes={"a": "1", "b": "2"}),
        change("update", 1, tags=["z"], attributes={"c": "3"}),
        change("update", 2, author="me"),
    )
    assert (row.title, row.tags, row.attributes, row.author) == ("A", ["z"], {"c": "3"}, "me")


def test_a_field_can_be_emptied() -> None:
    row = folded(change("create", title="A", tags=["x"]), change("update", 1, title="", tags=[]))
    assert (row.title, row.tags) == ("", [])


@pytest.mark.parametrize(
    ("lesser", "greater"),
    [
        ({"title": "A"}, {"title": "B"}),
        ({"tags": ["a", "z"]}, {"tags": ["b"]}),
        ({"attributes": {}}, {"attributes": {"a": "1"}}),
    ],
)
def test_of_two_changes_under_one_id_and_time_the_greater_value_stands(
    lesser: dict[str, Any], greater: dict[str, Any]
) -> None:
    changes = [ItemChange("e", "t", "i", "update", NOW, **fields) for fields in (lesser, greater)]
    for row in (folded(*changes), folded(*reversed(changes))):
        assert {name: getattr(row, name) for name in greater} == greater


def test_the_same_map_in_another_order_is_the_same() -> None:
    first, again = (
        ItemChange("e", "t", "i", "update", NOW, attributes=attributes)
        for attributes in ({"a": "1", "b": "2"}, {"b": "2", "a": "1"})
    )
    row = folded(first)
    assert item.fold(row, log_of([first, again], "item_id")) is row
