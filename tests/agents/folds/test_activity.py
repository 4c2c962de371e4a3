"""Activity: what a user did lately."""

from collections import Counter
from operator import attrgetter

from hypothesis import example, given
from hypothesis import strategies as st

from agents.folds import activity
from agents.folds.durations import DAY, FIVE_MINUTES
from schemas.hashing import id_hash
from schemas.packing import CELLS, RECENT, TAG_CELLS
from schemas.records import ACTION_INDEX, BehaviorEvent, UserActivity
from schemas.strength import strength, thousandths
from tests.agents.folds.worlds import ACTIONS, NOW, behaviors, flood
from tests.contracts.fold import FoldContract, encoded
from tests.contracts.stages import acceptance, log_of, table

different = st.lists(behaviors, unique_by=attrgetter("event_id"))


class TestActivity(FoldContract):
    source = "user_id"
    events = behaviors
    many = flood(users=1, items=300, days=40)
    stages = (acceptance(table("user_activity", attrgetter("user_id"), UserActivity(), activity.fold)),)
    max_bytes = 24 * 2 * CELLS.size + 64 * (TAG_CELLS.size + 6) + 50 * (RECENT.size + 6) + 500


def _fold(events: list[BehaviorEvent]) -> UserActivity:
    return activity.fold(UserActivity(), log_of(events, "user_id"))


@given(different)
@example(flood(1, 300, 40))
def test_buckets_and_totals_count(events: list[BehaviorEvent]) -> None:
    row = _fold(events)
    assert row.totals == Counter(event.action for event in events)
    counts = Counter((event.event_time // FIVE_MINUTES, ACTION_INDEX[event.action]) for event in events)
    kept = sorted({bucket for bucket, _ in counts})[-activity.BUCKETS :]
    assert CELLS.unpack(row.buckets) == [(*cell, count) for cell, count in sorted(counts.items()) if cell[0] in kept]


@given(different)
@example(flood(1, 300, 40))
def test_tag_cells_sum_strengths_by_day(events: list[BehaviorEvent]) -> None:
    row = _fold(events)
    sums: Counter[tuple[int, str]] = Counter()
    for event in events:
        if weight := strength(event.action, event.value):
            sums.update({(event.event_time // DAY, tag): weight for tag in event.tags})
    cells = [(day, weight, tag) for (day, weight), tag in zip(TAG_CELLS.unpack(row.tag_cells), row.tags, strict=True)]
    assert cells == [(day, sums[day, tag], tag) for day, tag in sorted(sums)[-activity.TAG_CELLS :]]


@given(different)
@example(flood(1, 300, 40))
def test_recent_are_the_latest_interactions(events: list[BehaviorEvent]) -> None:
    row = _fold(events)
    interactions = [
        (e.event_time, id_hash(e.event_id), thousandths(e.value), ACTION_INDEX[e.action], e.item_id)
        for e in events
        if e.action != "impression"
    ]
    recent = [(*entry, item) for entry, item in zip(RECENT.unpack(row.recent), row.recent_items, strict=True)]
    assert recent == sorted(interactions, reverse=True)[: activity.RECENTS]


def test_a_tag_named_twice_counts_once() -> None:
    row = _fold([BehaviorEvent("e", "t", "u", "i", "like", NOW, tags=["drama", "drama"])])
    assert TAG_CELLS.unpack(row.tag_cells) == [(NOW // DAY, 200)]


def test_a_sum_of_zero_keeps_its_place() -> None:
    liked = BehaviorEvent("e1", "t", "u", "i", "like", NOW, tags=["drama"])
    disliked = BehaviorEvent("e2", "t", "u", "i", "dislike", NOW, tags=["drama"])
    assert TAG_CELLS.unpack(_fold([liked, disliked]).tag_cells) == [(NOW // DAY, 0)]


def test_the_largest_row_has_every_action_in_every_bucket() -> None:
    events = [
        BehaviorEvent(f"{bucket} {action}", "t", "u", f"i{bucket}", action, NOW + bucket * FIVE_MINUTES)
        for bucket in range(30)
        for action in ACTIONS
    ]
    row = _fold(events)
    assert len(CELLS.unpack(row.buckets)) == activity.BUCKETS * len(ACTIONS)
    assert len(encoded(row)) < 8_000
