"""The simulated world: the same from a seed, and a click model that means what it says."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from deploy.demo.simulator import Simulator, Visit, look_chances
from deploy.demo.world import World
from schemas.records import Action

START, END = 1_700_000_000_000, 1_700_100_000_000
seeds = st.integers(0, 2**32 - 1)


def world(seed: int = 7, users: int = 8, items: int = 40) -> World:
    return World.make(seed, users, items, START, END)


@given(seed=seeds)
def test_a_seed_makes_one_world(seed: int) -> None:
    one, other = world(seed), world(seed)

    assert one.changes("demo", START, END) == other.changes("demo", START, END)
    assert np.array_equal(one.tastes, other.tastes)
    assert not np.array_equal(one.tastes, world(seed + 1).tastes)


@given(seed=seeds)
def test_shares_sum_to_one(seed: int) -> None:
    made = world(seed)

    assert np.allclose(made.tastes.sum(axis=1), 1)
    assert np.allclose(made.mixes.sum(axis=1), 1)
    assert ((made.qualities >= 0) & (made.qualities <= 1)).all()


@given(seed=seeds, cut=st.integers(START, END))
def test_every_video_is_published_once(seed: int, cut: int) -> None:
    made = world(seed)
    first, later = made.changes("demo", 0, cut), made.changes("demo", cut, END)

    assert [change.item_id for change in first + later] == list(made.items)
    assert all(change.event_time < cut for change in first)
    assert all(cut <= change.event_time < END for change in later)


@given(seed=seeds, number=st.integers(0, 1000), shown=st.sets(st.integers(0, 39), max_size=10))
def test_a_visit_tells_of_all_that_was_shown_and_of_nothing_else(seed: int, number: int, shown: set[int]) -> None:
    made = world(seed)
    visit = Visit(number, 3, END, [made.items[item] for item in shown], "request")
    events = Simulator(made, "demo").visit(visit)

    assert events == Simulator(made, "demo").visit(visit)
    assert [event.item_id for event in events if event.action == Action.IMPRESSION] == visit.shown
    assert len({event.event_id for event in events}) == len(events)
    assert [event.event_time for event in events] == sorted(event.event_time for event in events)
    for event in events:
        assert (event.user_id, event.request_id) == (made.users[3], "request")
        assert event.position is not None
        assert visit.shown[event.position] == event.item_id


@given(seed=seeds, number=st.integers(0, 1000))
def test_each_step_follows_from_the_one_before(seed: int, number: int) -> None:
    made = world(seed)
    events = Simulator(made, "demo").visit(Visit(number, 0, END, made.items[:10]))

    def items(*actions: Action) -> set[str]:
        return {event.item_id for event in events if event.action in actions}

    assert items(*Action) == items(Action.IMPRESSION) >= items(Action.VIEW) >= items(Action.CLICK)
    assert items(Action.CLICK) == items(Action.PLAY) >= items(Action.COMPLETE, Action.LIKE, Action.DISLIKE)
    assert not items(Action.LIKE) & items(Action.DISLIKE)


@given(count=st.integers(0, 50))
def test_what_stands_further_down_is_looked_at_less(count: int) -> None:
    chances = look_chances(count)

    assert (np.diff(chances) < 0).all()
    assert ((chances > 0) & (chances <= 1)).all()


@given(seed=seeds, user=st.integers(0, 7))
def test_of_equal_quality_the_better_liked_is_clicked_more(seed: int, user: int) -> None:
    made = world(seed)
    made.qualities[:] = 0.5
    chances = Simulator(made, "demo").click_chances(user, np.arange(40))

    assert np.array_equal(
        np.argsort(chances, kind="stable"), np.argsort(made.mixes @ made.tastes[user], kind="stable")
    )
    assert ((chances > 0) & (chances < 1)).all()


@given(seed=seeds, user=st.integers(0, 7))
def test_of_equally_liked_the_better_made_is_clicked_more(seed: int, user: int) -> None:
    made = world(seed)
    made.mixes[:] = made.mixes[0]
    chances = Simulator(made, "demo").click_chances(user, np.arange(40))

    assert np.array_equal(np.argsort(chances, kind="stable"), np.argsort(made.qualities, kind="stable"))


def test_clicks_come_as_often_as_their_chances_say() -> None:
    made = world(users=1, items=10)
    simulator = Simulator(made, "demo")
    visits = 1000
    clicks = sum(
        event.action == Action.CLICK
        for number in range(visits)
        for event in simulator.visit(Visit(number, 0, END, made.items))
    )
    expected = float(simulator.click_chances(0, np.arange(10)) @ look_chances(10)) * visits

    assert abs(clicks - expected) < 5 * expected**0.5
