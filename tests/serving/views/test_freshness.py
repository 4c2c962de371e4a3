from hypothesis import given
from hypothesis import strategies as st

from serving.views.freshness import Freshness
from topics.offsets import Partition

A, B = Partition("a", 0), Partition("b", 3)


class Clock:
    """A clock that tests set."""

    now = 1_000

    def __call__(self) -> int:
        return self.now


def test_it_is_caught_up_once_the_first_ends_are_reached_by_all() -> None:
    clock = Clock()
    freshness = Freshness(clock)
    freshness.reached(A, 0)
    freshness.reached(B, 0)
    assert not freshness.caught_up
    freshness.saw(900, {A: 5, B: 0})
    assert not freshness.caught_up
    freshness.reached(A, 4)
    assert not freshness.caught_up
    assert freshness.staleness_ms == clock.now, "nothing is known yet, so all that may be said is `since 1970`"
    freshness.reached(A, 5)
    assert freshness.caught_up
    assert freshness.staleness_ms == 100


def test_empty_changelogs_are_caught_up_at_once() -> None:
    freshness = Freshness(Clock())
    freshness.reached(A, 0)
    freshness.saw(990, {A: 0})
    assert freshness.caught_up
    assert freshness.staleness_ms == 10


def test_staleness_grows_while_nobody_answers() -> None:
    clock = Clock()
    freshness = Freshness(clock)
    freshness.reached(A, 7)
    freshness.saw(1_000, {A: 7})
    clock.now = 61_000
    assert freshness.staleness_ms == 60_000


@given(st.lists(st.tuples(st.sampled_from(["write", "read", "ask"]), st.integers(1, 9)), max_size=300))
def test_what_was_written_before_the_bound_is_visible(steps: list[tuple[str, int]]) -> None:
    clock = Clock()
    freshness = Freshness(clock)
    freshness.reached(A, 0)
    written = [0]
    """The time at which each offset was written; offset 0 stands before all."""
    position = 0
    for step, amount in steps:
        clock.now += 1
        if step == "write":
            written.extend([clock.now] * amount)
        elif step == "read":
            position = min(len(written), position + amount)
            freshness.reached(A, position)
        else:
            freshness.saw(clock.now, {A: len(written)})
        visible_until = clock.now - freshness.staleness_ms
        assert freshness.fresh_at_ms == visible_until
        assert all(at > visible_until for at in written[position:] if at)


def test_positions_by_topic_are_another_object_when_they_move_and_stay_as_they_were() -> None:
    freshness = Freshness()
    freshness.reached(Partition("a", 0), 3)
    before = freshness.by_topic()
    assert freshness.by_topic() is before
    freshness.reached(Partition("a", 1), 5)
    freshness.reached(Partition("b", 0), 7)
    assert before == {"a": {0: 3}}
    assert freshness.by_topic() == {"a": {0: 3, 1: 5}, "b": {0: 7}}
