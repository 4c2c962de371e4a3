"""The contract of a fold finds what it is there to find: each of these folds breaks one promise, and fails by it."""

import time
from collections.abc import Sequence
from operator import attrgetter
from typing import Any

import pytest
from hypothesis import strategies as st
from msgspec.structs import replace

from agents.folds import history, stats
from agents.folds.sourced import Sourced, fresh
from schemas.records import BehaviorEvent, Item, ItemAudience, ItemStats, UserHistory
from tests.agents.folds.worlds import flood
from tests.contracts.fold import FoldContract
from tests.contracts.stages import Stage, acceptance, table

Events = Sequence[Sourced[BehaviorEvent]]


def counting(row: ItemStats, events: Events) -> ItemStats:
    """Keep every promise: the control, and what the wrong ones vary."""
    new, applied = fresh(row, events)
    return replace(row, applied=applied, rating_sum=row.rating_sum + len(new)) if new else row


def last_arrived(row: Item, events: Events) -> Item:
    new, applied = fresh(row, events)
    return replace(row, applied=applied, title=new[-1].event.user_id) if new else row


def float_sum(row: ItemStats, events: Events) -> ItemStats:
    new, applied = fresh(row, events)
    total: Any = row.rating_sum
    for sourced in new:
        total += sourced.event.value or 0.1
    return replace(row, applied=applied, rating_sum=total) if new else row


def batch_counting(row: ItemStats, events: Events) -> ItemStats:
    new, applied = fresh(row, events)
    return replace(row, applied=applied, rating_sum=row.rating_sum + 1) if new else row


def without_fence(row: ItemStats, events: Events) -> ItemStats:
    return replace(row, rating_sum=row.rating_sum + len(events))


def unbounded(row: ItemAudience, events: Events) -> ItemAudience:
    users = {*row.users, *(sourced.event.user_id for sourced in events)}
    return row if len(users) == len(row.users) else replace(row, users=sorted(users))


def evicts_the_smallest_counter(row: ItemStats, events: Events) -> ItemStats:
    new, applied = fresh(row, events)
    totals = row.totals.copy()
    for sourced in new:
        user = sourced.event.user_id
        totals[user] = totals.get(user, 0) + 1
        if len(totals) > 100:
            del totals[min(totals, key=lambda name: (totals[name], name))]
    return replace(row, applied=applied, totals=totals) if new else row


def reads_the_clock(row: ItemStats, events: Events) -> ItemStats:
    now = time.time_ns()
    return counting(row, [sourced for sourced in events if sourced.event.event_time < now])


def new_object(row: ItemStats, events: Events) -> ItemStats:
    new, applied = fresh(row, events)
    return replace(row, applied=applied, rating_sum=row.rating_sum + len(new))


def decides_once(chunk: UserHistory, events: Events) -> tuple[UserHistory, list[Sourced[BehaviorEvent]]]:
    """Accept only what is new to the chunk: what a crash kept from travelling on is then lost."""
    after, accepted = history.fold(chunk, events)
    return after, fresh(chunk, accepted)[0]


def by_item(fold: Any, empty: Any = ItemStats()) -> Stage:  # noqa: B008 (rows are immutable)
    return table("items", attrgetter("item_id"), empty, fold)


class CheckedFold(FoldContract):
    source = "user_id"
    events = st.sampled_from(flood(users=2, items=2, days=1, count=12))
    many = flood(users=300, items=1, days=1)
    stages: Sequence[Stage] = ()  # type: ignore[misc]
    max_bytes = 1_000

    def __init__(self, *stages: Stage) -> None:
        self.stages = stages


PROMISES = [name for name in vars(FoldContract) if name.startswith("test_")]


@pytest.mark.parametrize("promise", PROMISES)
def test_a_fold_that_keeps_its_promises_passes(promise: str) -> None:
    getattr(CheckedFold(acceptance(), by_item(counting)), promise)()


@pytest.mark.parametrize(
    ("stages", "promise"),
    [
        ([by_item(last_arrived, Item())], "order_changes_nothing"),
        ([by_item(float_sum)], "order_changes_nothing"),
        ([by_item(stats.fold)], "repetition_changes_nothing"),
        ([acceptance(), by_item(batch_counting)], "batching_changes_nothing"),
        ([acceptance(), by_item(new_object)], "redelivery_writes_nothing"),
        ([acceptance(), by_item(without_fence)], "redelivery_writes_nothing"),
        ([acceptance(), by_item(without_fence)], "crashes_change_nothing"),
        ([acceptance(fold=decides_once), by_item(counting)], "crashes_change_nothing"),
        ([by_item(evicts_the_smallest_counter)], "what_is_dropped_depends_on_no_order"),
        ([by_item(unbounded, ItemAudience())], "rows_stay_small_and_encodable"),
        ([by_item(reads_the_clock)], "neither_clock_nor_chance_is_asked"),
    ],
)
def test_a_fold_that_breaks_a_promise_fails_by_it(stages: list[Stage], promise: str) -> None:
    with pytest.raises(AssertionError):
        check_often(CheckedFold(*stages), promise)


def check_often(fold: CheckedFold, promise: str) -> None:
    """Check the promise again and again: once draws few examples, which keeps the folds' own tests quick."""
    for _ in range(20):
        getattr(fold, f"test_{promise}")()
