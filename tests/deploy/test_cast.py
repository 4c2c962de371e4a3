"""Whom the demonstration shows, and the small things that it draws."""

from hypothesis import given
from hypothesis import strategies as st

from deploy.demo.cast import Cast
from deploy.demo.plot import HEIGHT, plot
from schemas.records import BehaviorEvent, ItemChange
from schemas.validation import check

ITEMS = [
    ItemChange("c1", "demo", "i1", "create", 0, title="One", categories=["chess"]),
    ItemChange("c2", "demo", "i2", "create", 0, title="Two", categories=["chess"], tags=["cats"]),
    ItemChange("c3", "demo", "i3", "create", 0, title="Three", categories=["cats"]),
]


def event(number: int, user: str, item: str, action: str, value: float | None = None) -> BehaviorEvent:
    return BehaviorEvent(f"e{number}", "demo", user, item, action, 1000 + number, value=value)


EVENTS = [
    event(0, "u1", "i3", "like"),
    event(1, "u2", "i1", "impression"),
    event(2, "u1", "i2", "rate", 4.5),
    event(3, "u1", "i2", "rate", 2.0),
    event(4, "u1", "i1", "click"),
]


def test_the_busy_come_first_and_the_present_is_after_all_events() -> None:
    cast = Cast.of("vlog", "chess", ITEMS, EVENTS)

    assert cast.users == ["u1", "u2"]
    assert cast.best_known(5) == ["i2", "i1"]
    assert cast.liked["u1"] == ["Two", "Three"]
    assert cast.present_ms == EVENTS[-1].event_time + 1


def test_a_like_is_a_valid_event_with_the_items_tags() -> None:
    like = Cast.of("vlog", "chess", ITEMS, EVENTS).like("u9", "i2")

    check(like)
    assert (like.user_id, like.item_id, like.action, like.scenario) == ("u9", "i2", "like", "vlog")
    assert like.tags == ["chess", "cats"]


@given(known=st.integers(1, 50), wanted=st.integers(1, 20))
def test_users_are_spread_over_all_without_repeating(known: int, wanted: int) -> None:
    events = [event(number, f"u{number}", "i1", "click") for number in range(known)]
    spread = Cast.of("vlog", "chess", ITEMS, events).spread(wanted)

    assert len(spread) == len(set(spread)) == min(known, wanted)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_every_point_is_drawn_once_and_the_greatest_at_the_top(points: list[float]) -> None:
    lines = plot({"tideline": points}).splitlines()

    assert len(lines) == HEIGHT + 2
    assert sum(line.count("T") for line in lines) == len(points)
    assert ("T" in lines[0]) == (max(points) > 0)
