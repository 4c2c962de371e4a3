"""A cut is a place that both generations have come to: nothing past it is missed, and nobody waits for ever."""

from collections.abc import Mapping
from typing import Any
from unittest.mock import create_autospec

import pytest

from agents.audience import AUDIENCE_AGENT
from agents.behavior import BEHAVIOR_AGENT
from agents.errors import NotFoldedError
from agents.verify.cut import Cut, wait_for
from topics.catalog import ACCEPTED, BEHAVIOR, EVENTS, ITEM_CHANGE
from topics.generation import FIRST, Generation
from topics.offsets import LogOffsets, Partition

NEXT = Generation(1)


def offsets_of(ends: Mapping[Partition, int], *committed: Mapping[Partition, int]) -> Any:
    """A cluster with topics of two partitions, whose group has committed more each time that one asks."""
    offsets = create_autospec(LogOffsets, instance=True)
    offsets.partitions.side_effect = lambda topic: [Partition(topic, 0), Partition(topic, 1)]
    offsets.end.side_effect = lambda asked: {at: ends.get(at, 0) for at in asked}
    answers = iter(committed)
    last: list[Mapping[Partition, int]] = [{}]

    def ask(group: str) -> Mapping[Partition, int]:
        last[0] = next(answers, last[0])
        return last[0]

    offsets.committed.side_effect = ask
    return offsets


def quiet(what: str, done: int, total: int) -> None:
    """Take no note of progress."""


def test_a_cut_is_read_from_where_what_was_passed_on_may_lie_past_it() -> None:
    first, second = Partition(BEHAVIOR.name, 0), Partition(BEHAVIOR.name, 1)
    passed_on = Partition(ACCEPTED.name, 1)
    offsets = offsets_of({first: 5, second: 7, passed_on: 3})
    cut = Cut.now(offsets, [FIRST])
    assert cut.until == {Partition(topic.name, n): 0 for topic in EVENTS for n in (0, 1)} | {first: 5, second: 7}
    assert (cut.begin(second), cut.begin(passed_on)) == (7, 3)
    assert cut.begin(Partition(NEXT.name(ACCEPTED), 1)) == 0, "of a generation that was not there"
    asked = [[at.topic for at in call.args[0]] for call in offsets.end.call_args_list]
    assert set(asked[0]) == {ACCEPTED.name}, "asked for later, events past the cut might have been passed on before it"


def test_rows_of_items_depend_on_the_events_of_all_users() -> None:
    cut = Cut({Partition(BEHAVIOR.name, 0): 5, Partition(BEHAVIOR.name, 1): 7, Partition(ITEM_CHANGE.name, 1): 9}, {})
    assert cut.of(AUDIENCE_AGENT, 1) == {0: 5, 1: 7}
    assert cut.of(BEHAVIOR_AGENT, 1) == {1: 7}


def test_workers_are_waited_for_first_in_the_events_then_in_what_they_passed_on() -> None:
    event, passed_on = Partition(BEHAVIOR.name, 0), Partition(NEXT.name(ACCEPTED), 0)
    offsets = offsets_of({event: 5, passed_on: 4}, {event: 1}, {event: 5}, {event: 6, passed_on: 3}, {passed_on: 4})
    told: list[tuple[int, int]] = []
    wait_for(offsets, NEXT, "tideline", Cut({event: 5}, {}), lambda what, done, total: told.append((done, total)))
    assert told == [(1, 5), (3, 4)]
    assert {call.args for call in offsets.committed.call_args_list} == {("tideline.g1",)}


def test_workers_that_fold_nothing_are_given_up() -> None:
    event = Partition(BEHAVIOR.name, 0)
    offsets = offsets_of({event: 5}, {event: 1})
    with pytest.raises(NotFoldedError, match=f"4 of {event.topic}/0. Start `tideline worker`"):
        wait_for(offsets, FIRST, "tideline", Cut({event: 5}, {}), quiet, patience_s=0)
