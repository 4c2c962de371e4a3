"""Strategies for what features read, and a small moment to take apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from numpy.typing import NDArray

from schemas.records import ACTION_INDEX, Action
from training.features.counts import WINDOWS, ItemCounts
from training.features.facts import ItemFacts, UserFacts
from training.features.moment import Moment

HOUR: Final = 3_600_000
DAY: Final = 86_400_000
NOW: Final = 20_000 * DAY + 15 * HOUR + 1
"""A Saturday of 2024, shortly after 15:00 UTC."""

LIKE, RATE, HIDE, VIEW = (ACTION_INDEX[action] for action in (Action.LIKE, Action.RATE, Action.HIDE, Action.VIEW))


def facts_of(
    tags: Sequence[Sequence[int]],
    *,
    published: Sequence[int] | None = None,
    author: Sequence[int] | None = None,
    category: Sequence[int] | None = None,
) -> ItemFacts:
    """Return the facts of len(tags) items; -1 is none."""
    nothing = [-1] * len(tags)
    categories = np.array(category or nothing, np.int32)
    return ItemFacts(
        publish_time=np.array(published or nothing, np.int64),
        author=np.array(author or nothing, np.int32),
        category=categories,
        category_hash=np.where(categories < 0, 0, categories * 7_919 + 1).astype(np.uint64),
        tag_starts=np.cumsum([0, *map(len, tags)]).astype(np.int64),
        tags=np.array([tag for each in tags for tag in each], np.int32),
    )


def user_of(
    acts: Sequence[tuple[int, int, int, int]] = (), tags: Mapping[int, float] | None = None, seen: int = 0
) -> UserFacts:
    """Return a user of these interactions (item, action, time, value in thousandths), the latest first."""
    items, actions, times, values = (np.array([act[at] for act in acts], np.int64) for at in range(4))
    likes = tags or {}
    return UserFacts(
        items=items.astype(np.int32),
        actions=actions,
        times=times,
        values=values,
        seen=seen,
        tags=np.array(list(likes), np.int32),
        affinities=np.array(list(likes.values()), np.float64),
    )


def moment_of(items: int = 0, **given: Any) -> Moment:
    """Return a moment of so many candidates of which nothing is known but what is given."""
    user = given.get("user", UserFacts.none())
    nothing: dict[str, Any] = {
        "as_of_ms": NOW,
        "scenario": "feed",
        "user": user,
        "recent_facts": ItemFacts.none(len(user.items)),
        "recent_counts": ItemCounts.none(len(user.items)),
        "candidates": np.arange(items, dtype=np.int32),
        "facts": ItemFacts.none(items),
        "counts": ItemCounts.none(items),
        "scenario_counts": ItemCounts.none(items),
        "proposed": np.empty((items, 0), np.float32),
        "channels": (),
        "fused": np.full(items, np.nan, np.float32),
    }
    return Moment(**(nothing | given))


def counts_of(**columns: Sequence[Any]) -> ItemCounts:
    """Return counts with these columns, and nothing in the others."""
    size = len(next(iter(columns.values())))
    nothing = ItemCounts.none(size)
    given: dict[str, NDArray[np.int64]] = {name: np.array(column, np.int64) for name, column in columns.items()}
    return ItemCounts(**{name: given.get(name, getattr(nothing, name)) for name in ItemCounts.__slots__})


@st.composite
def item_facts(draw: st.DrawFn, size: int) -> ItemFacts:
    """Return the facts of so many items, of few words, some of none."""
    words = st.integers(-1, 4)
    tags = draw(st.lists(st.sets(st.integers(0, 6), max_size=4).map(sorted), min_size=size, max_size=size))
    columns = {
        "published": draw(_column(st.just(-1) | st.integers(NOW - 60 * 365 * DAY, NOW + DAY), size)),
        "author": draw(_column(words, size)),
        "category": draw(_column(words, size)),
    }
    return facts_of(tags, **columns)


@st.composite
def item_counts(draw: st.DrawFn, size: int) -> ItemCounts:
    """Return counts that could be: windows within one another, rates within events, the last event before NOW."""
    counts = st.lists(st.integers(0, 10**6), min_size=len(WINDOWS), max_size=len(WINDOWS)).map(np.cumsum)
    windows = [np.array(draw(_column(counts, size)), np.int64).reshape(size, len(WINDOWS)) for _ in range(3)]
    events, shown = windows[0], windows[1]
    more = np.array(draw(_column(st.integers(0, 10**6), size)), np.int64)
    ever = events[:, -1] + more
    rates = ever * np.array(draw(_column(st.sampled_from([0, 1]), size)), np.int64)
    last = np.array(draw(_column(st.integers(0, NOW), size)), np.int64)
    return ItemCounts(
        events=ever,
        positives=ever - rates,
        shown=shown[:, -1] + more,
        rates=rates,
        rating_sum=rates * 3_700,
        last_event=np.where(ever > 0, last, -1),
        window_events=events,
        window_positives=events // 2,
        window_shown=shown,
    )


@st.composite
def users(draw: st.DrawFn) -> UserFacts:
    """Return a user with up to 50 interactions, some of them after NOW."""
    act = st.tuples(
        st.integers(0, 30),
        st.integers(1, len(Action) - 1),
        st.integers(NOW - 400 * DAY, NOW + DAY),
        st.integers(0, 5_000),
    )
    acts = sorted(draw(st.lists(act, max_size=50)), key=lambda each: -each[2])
    tags = draw(st.dictionaries(st.integers(0, 8), st.floats(-100, 100), max_size=6))
    return user_of(acts, tags, draw(st.integers(0, 10**6)))


@st.composite
def moments(draw: st.DrawFn, most: int = 12) -> Moment:
    """Return a moment of 0 to `most` candidates, of which any fact may be missing."""
    size = draw(st.integers(0, most))
    user = draw(users())
    channels = draw(st.lists(st.sampled_from(["als", "hot", "tag", "new"]), unique=True, max_size=3))
    score = st.just(float("nan")) | st.floats(-1e6, 1e6, width=32)
    proposed = np.array(draw(_column(score, size * len(channels))), np.float32).reshape(size, len(channels))
    counts = draw(item_counts(size))
    in_scenario = np.array(draw(_column(st.sampled_from([0, 1]), size)), np.int64)
    fused = np.array(draw(_column(st.sampled_from([-0.5, 0.0, 0.01, 0.02]), size)), np.float32)
    position = draw(st.none() | _column(st.integers(0, 500), size))
    return moment_of(
        size,
        as_of_ms=draw(st.just(NOW) | st.integers(0, NOW)),
        user=user,
        recent_facts=draw(item_facts(len(user.items))),
        recent_counts=draw(item_counts(len(user.items))),
        candidates=np.array(draw(st.permutations(range(size))), np.int32),
        facts=draw(item_facts(size)),
        counts=counts,
        scenario_counts=ItemCounts(
            **{
                name: np.where(_beside(in_scenario, column), column, getattr(ItemCounts.none(size), name))
                for name in ItemCounts.__slots__
                for column in [getattr(counts, name)]
            }
        ),
        proposed=proposed,
        channels=tuple(channels),
        fused=fused,
        position=None if position is None else np.array(position, np.float32),
    )


def _beside(rows: NDArray[np.int64], column: NDArray[np.int64]) -> NDArray[np.bool_]:
    return (rows if column.ndim == 1 else rows[:, np.newaxis]) > 0


def _column(values: SearchStrategy[Any], size: int) -> SearchStrategy[list[Any]]:
    return st.lists(values, min_size=size, max_size=size)
