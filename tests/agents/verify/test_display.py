"""A difference is shown with both values, whatever the rows hold."""

from typing import Any

import orjson
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from agents.verify.comparison import Rows
from agents.verify.display import described, show
from agents.verify.tally import Tally
from agents.verify.verifier import Verified
from schemas.records import Row, UserActivity, UserProfile
from schemas.tenancy import chunk_key
from tests.row_strategies import RECORDS
from topics.generation import FIRST, Generation
from topics.offsets import Partition


def verified(table: str, *pairs: Rows) -> Verified:
    tally = Tally(table, limit=2)
    for rows in pairs:
        tally.rows += 1
        tally.take(3, rows)
    return Verified(Generation(4), FIRST, {Partition("behavior.event.v1", 0): 7}, [tally])


def shown(found: Verified) -> str:
    console = Console(width=200, force_terminal=False)
    with console.capture() as captured:
        show(console, found)
    return captured.get()


@given(st.data())
def test_any_difference_can_be_shown(data: st.DataObject) -> None:
    strategy = data.draw(st.sampled_from([rows for record, rows in RECORDS.items() if issubclass(record, Row)]))
    built, live = data.draw(strategy), data.draw(st.none() | strategy)
    found = verified("any", Rows(b"acme/ada", built, live))
    told = orjson.loads(orjson.dumps(described(found)))
    [table] = told["tables"]
    assert told["equal"] is (not Rows(b"acme/ada", built, live).differing)
    assert len(table["first"]) == table["different"] + table["missing"] == 1 - table["equal"]
    assert ("acme/ada" in shown(found)) is not told["equal"]


def test_both_values_are_told_where_they_differ_and_nowhere_else() -> None:
    built = UserActivity(applied={"0": 9}, totals={"like": 1})
    live = UserActivity(applied={"0": 8}, totals={"like": 2})
    found = verified("user_activity", Rows(chunk_key(b"acme/ada", "x"), built, live))
    [difference] = described(found)["tables"][0]["first"]
    assert difference == {
        "partition": 3,
        "key": "acme/ada",
        "chunk": "x",
        "kind": "different",
        "fields": {"totals": {"rebuilt": {"like": 1}, "live": {"like": 2}}},
    }
    text = shown(found)
    assert "user_activity/3 acme/ada x" in text
    assert "{'like': 1}" in text
    assert "{'like': 2}" in text
    assert "applied" not in text


def test_what_is_missing_and_what_is_extra_is_named_so() -> None:
    row = UserProfile(names=["age"], values=["7"], stamps=bytes(16))
    found = verified("user_profile", Rows(b"acme/ada", row, None), Rows(b"acme/bob", None, row))
    first = described(found)["tables"][0]["first"]
    assert [(each["key"], each["kind"]) for each in first] == [("acme/ada", "missing"), ("acme/bob", "extra")]
    assert first[0]["live"] is first[1]["rebuilt"] is None
    text = shown(found)
    assert text.index("the live table lacks it") < text.index("the log does not give it")


def test_columns_that_do_not_fit_together_are_shown_as_they_are() -> None:
    """No fold leaves such a row; whoever wrote it is to be found by it."""
    broken = UserProfile(names=["age", "town"], values=["7"], stamps=b"\x01\x02")
    found = verified("user_profile", Rows(b"acme/ada", UserProfile(), broken))
    fields: dict[str, Any] = described(found)["tables"][0]["first"][0]["fields"]
    assert fields["stamps"] == {"rebuilt": [], "live": "0102"}
    assert fields["names"]["live"] == ["age", "town"]
    assert "0102" in shown(found)


def test_all_differences_are_counted_and_the_first_shown() -> None:
    found = verified(
        "user_profile", *(Rows(b"acme/%d" % n, UserProfile(), UserProfile(erased_at=n)) for n in range(5))
    )
    [table] = described(found)["tables"]
    assert (table["rows"], table["equal"], table["different"], len(table["first"])) == (5, 0, 5, 2)
