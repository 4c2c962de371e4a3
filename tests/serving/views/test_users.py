from collections.abc import Iterator
from pathlib import Path

import pytest

from schemas.errors import InvalidFieldError
from schemas.packing import ACTS, RECENT, TAG_CELLS
from schemas.records import ACTION_INDEX, ACTIONS, Action, Item, UserActivity, UserHistory, UserProfile
from serving.query import UserState
from serving.views.world import Views
from tests.changes import TENANT, begin_users, change, make_views, put
from topics.changelogs import ITEM, USER_ACTIVITY, USER_HISTORY, USER_PROFILE

DAY_MS = 86_400_000
DAY = 20_000
NOW = DAY * DAY_MS


@pytest.fixture
def views(tmp_path: Path) -> Iterator[Views]:
    with begin_users(make_views(tmp_path, tag_half_life_days=30)) as views:
        put(views.items, [change(ITEM, item, Item(status="active")) for item in ("a", "b", "c")])
        yield views


def state(views: Views, user: str = "u", as_of_ms: int = NOW) -> UserState:
    return views.users.state(views.catalogues.of(TENANT), TENANT, user, as_of_ms)


def ids(views: Views, numbers: object) -> list[str]:
    return [views.catalogues.of(TENANT).ids[number] for number in numbers]  # type: ignore[attr-defined]


def activity(*recent: tuple[str, int, Action], tags: tuple[tuple[str, int, int], ...] = ()) -> UserActivity:
    return UserActivity(
        recent=RECENT.pack((time, 0, 0, ACTION_INDEX[action]) for _, time, action in recent),
        recent_items=[item for item, _, _ in recent],
        tag_cells=TAG_CELLS.pack((day, weight) for _, day, weight in tags),
        tags=[tag for tag, _, _ in tags],
    )


def day_of(*acts: tuple[str, int, tuple[Action, ...]]) -> UserHistory:
    masks = [(time, sum(1 << ACTION_INDEX[action] for action in actions)) for _, time, actions in acts]
    return UserHistory(items=[item for item, _, _ in acts], acts=ACTS.pack(masks))


def test_a_new_user_has_an_empty_state(views: Views) -> None:
    assert state(views).is_new
    assert state(views).tags == {}


def test_the_last_interactions_keep_their_order_and_drop_unknown_items(views: Views) -> None:
    row = activity(("b", 30, Action.LIKE), ("nowhere", 20, Action.CLICK), ("a", 10, Action.VIEW))
    put(views.activity, [change(USER_ACTIVITY, "u", row)])
    recent = state(views).recent
    assert ids(views, recent.items) == ["b", "a"]
    assert recent.times.tolist() == [30, 10]
    assert [ACTIONS[action] for action in recent.actions] == ["like", "view"]


def test_seen_is_all_that_was_acted_on_over_all_days_but_not_what_was_only_shown(views: Views) -> None:
    put(
        views.history,
        [
            change(USER_HISTORY, "u", day_of(("b", 5, (Action.CLICK,)), ("c", 6, (Action.IMPRESSION,))), "00000001"),
            change(USER_HISTORY, "u", day_of(("a", 7, (Action.IMPRESSION, Action.VIEW))), "00000002"),
            change(USER_HISTORY, "uv", day_of(("c", 7, (Action.VIEW,))), "00000002"),
        ],
    )
    assert ids(views, state(views).seen) == ["a", "b"]


def test_shown_is_every_five_minutes_with_an_impression_after_an_erasure(views: Views) -> None:
    shown, both = (Action.IMPRESSION,), (Action.IMPRESSION, Action.VIEW)
    put(
        views.history,
        [
            change(USER_HISTORY, "u", day_of(("b", 5, shown), ("c", 6, (Action.VIEW,)), ("x", 6, shown)), "00000001"),
            change(USER_HISTORY, "u", day_of(("a", 7, both), ("b", 8, shown)), "00000002"),
            change(USER_HISTORY, "uv", day_of(("c", 7, shown)), "00000002"),
        ],
    )

    def exposures() -> list[tuple[str, int]]:
        known = state(views).shown
        return sorted(zip(ids(views, known.items), known.times.tolist(), strict=True))

    assert exposures() == [("a", 7), ("b", 5), ("b", 8)]
    put(views.profile, [change(USER_PROFILE, "u", UserProfile(erased_at=7))])
    assert exposures() == [("b", 8)]


def test_tags_fade_by_half_in_a_half_life_and_dislikes_stay_negative(views: Views) -> None:
    row = activity(tags=(("drama", DAY, 200), ("drama", DAY - 30, 100), ("horror", DAY - 60, -400)))
    put(views.activity, [change(USER_ACTIVITY, "u", row)])
    noon = NOW + DAY_MS // 2
    assert state(views, as_of_ms=noon).tags == pytest.approx({"drama": 2 + 0.5, "horror": -1.0})
    assert state(views, as_of_ms=noon + 30 * DAY_MS).tags == pytest.approx({"drama": 1.25, "horror": -0.5})


def test_nothing_of_before_an_erasure_is_visible(views: Views) -> None:
    put(
        views.activity,
        [
            change(
                USER_ACTIVITY,
                "u",
                activity(
                    ("b", NOW + 1, Action.LIKE),
                    ("a", NOW, Action.LIKE),
                    tags=(("kept", DAY + 1, 100), ("same day", DAY, 100), ("before", DAY - 1, 100)),
                ),
            )
        ],
    )
    day = day_of(("a", NOW, (Action.LIKE,)), ("b", NOW + 1, (Action.LIKE,)))
    put(views.history, [change(USER_HISTORY, "u", day, f"{DAY:08x}")])
    assert ids(views, state(views).seen) == ["a", "b"]
    put(views.profile, [change(USER_PROFILE, "u", UserProfile(erased_at=NOW))])
    erased = state(views)
    assert ids(views, erased.seen) == ["b"]
    assert ids(views, erased.recent.items) == ["b"]
    assert list(erased.tags) == ["kept"]


def test_what_was_decoded_is_read_anew_after_each_change(views: Views) -> None:
    for time, item in enumerate("abc", start=1):
        row = activity((item, time, Action.LIKE))
        put(views.activity, [change(USER_ACTIVITY, "u", row)])
        put(views.history, [change(USER_HISTORY, "u", day_of((item, time, (Action.LIKE,))), f"{time:08x}")])
        found = state(views)
        assert ids(views, found.recent.items) == [item]
        assert ids(views, found.seen) == list("abc")[:time]
        assert state(views).seen is found.seen, "unchanged rows are not decoded again"


def test_an_item_that_was_acted_on_before_it_was_known_is_seen_once_it_is(views: Views) -> None:
    put(views.history, [change(USER_HISTORY, "u", day_of(("late", 1, (Action.LIKE,))), "00000000")])
    assert ids(views, state(views).seen) == []
    put(views.items, [change(ITEM, "late", Item(status="active"))])
    assert ids(views, state(views).seen) == ["late"]


def test_an_invalid_user_is_refused(views: Views) -> None:
    with pytest.raises(InvalidFieldError):
        state(views, user="a\0b")
