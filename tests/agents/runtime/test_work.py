"""Work gathers what a batch does: each row once in, once out, and nothing that did not change."""

from agents.runtime.work import Work
from agents.tables import ITEM_NEIGHBORS, Table
from schemas.records import ItemNeighbors, Row
from topics.catalog import ACCEPTED, BEHAVIOR
from topics.headers import Origin


def test_a_row_is_loaded_once_and_leaves_once() -> None:
    loads: list[bytes] = []

    def load(table: Table[Row], key: bytes) -> Row:
        loads.append(key)
        return table.empty

    work = Work(load, {})
    for number in range(3):
        work.get(ITEM_NEIGHBORS, b"t/a")
        work.put(ITEM_NEIGHBORS, b"t/a", ItemNeighbors(users=bytes([number])))
    assert loads == [b"t/a"]
    assert list(work.changes()) == [(ITEM_NEIGHBORS, b"t/a", ItemNeighbors(users=b"\x02"))]


def test_a_row_that_a_fold_gives_back_is_not_written() -> None:
    work = Work(lambda table, key: table.empty, {})
    work.put(ITEM_NEIGHBORS, b"t/a", work.get(ITEM_NEIGHBORS, b"t/a"))
    assert list(work.changes()) == []


def test_an_event_travels_on_as_it_came() -> None:
    work = Work(lambda table, key: table.empty, {4: b"bytes as they came"})
    work.forward(ACCEPTED, b"t/i", Origin(BEHAVIOR.name, 1, 4))
    [emission] = work.emissions
    assert (emission.topic, emission.key, emission.value) == (ACCEPTED, b"t/i", b"bytes as they came")
