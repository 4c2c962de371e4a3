from pathlib import Path
from typing import Any

from schemas.records import Item, UserActivity, UserHistory
from schemas.tenancy import TenantKey
from serving.views.stored import (
    ActivityView,
    AudienceView,
    HistoryView,
    ItemRowsView,
    ProfileView,
    StatsRowsView,
    StoredView,
)
from tests.changes import CODECS, TENANT, change
from tests.contracts.view import OWNERS, ViewContract
from tests.row_strategies import item_audiences, item_rows, item_stats, user_activities, user_histories, user_profiles
from topics.budget import StoreBudget
from topics.changelogs import ITEM, ITEM_AUDIENCE, ITEM_STATS, USER_ACTIVITY, USER_HISTORY, USER_PROFILE
from topics.offsets import Partition
from topics.replica import Replica
from topics.restore import Accept
from topics.rows import RowDecoder

BUDGET = StoreBudget()


def stored(view: type[StoredView[Any]], folder: Path) -> Any:
    decoder = RowDecoder(CODECS.of(view.topic), CODECS.fetch)
    more = {"cached": 2} if view is AudienceView else {}
    return view(folder, BUDGET, decoder, lambda replica, partition, accept: None, **more)


def key_of(owner: str) -> bytes:
    return TenantKey(TENANT, owner).encode()


class StoredViewContract(ViewContract):
    kind: type[StoredView[Any]]

    def make(self, folder: Path) -> Any:
        return stored(self.kind, folder)

    def content(self, view: StoredView[Any]) -> Any:
        keys = {owner: key_of(owner) for owner in OWNERS}
        return {
            owner: ([view.get(key, chunk) for chunk in self.chunks], view.chunks(key)) for owner, key in keys.items()
        }


class TestActivityView(StoredViewContract):
    kind = ActivityView
    topic = USER_ACTIVITY
    rows = user_activities()


class TestHistoryView(StoredViewContract):
    kind = HistoryView
    topic = USER_HISTORY
    rows = user_histories()
    chunks = ("00004e20", "00004e21")


class TestProfileView(StoredViewContract):
    kind = ProfileView
    topic = USER_PROFILE
    rows = user_profiles()


class TestAudienceView(StoredViewContract):
    kind = AudienceView
    topic = ITEM_AUDIENCE
    rows = item_audiences()


class TestItemRowsView(StoredViewContract):
    kind = ItemRowsView
    topic = ITEM
    rows = item_rows()


class TestStatsRowsView(StoredViewContract):
    kind = StatsRowsView
    topic = ITEM_STATS
    rows = item_stats()
    chunks = ("home", "search")


def test_what_the_store_holds_already_is_passed_over(tmp_path: Path) -> None:
    view = stored(ItemRowsView, tmp_path)
    view.begin(Partition(ITEM.name, 0))
    first, second = (change(ITEM, "i", Item(title=title, applied={"0": at})) for at, title in enumerate(("a", "b")))
    view.apply(0, [first, second], 2)
    assert view.apply(0, [first], 1) == 0, "it is not looked at, so that it is not refused either"
    assert view.get(key_of("i")).title == "b"
    view.apply(0, [first, second, change(ITEM, "j", Item(title="c", applied={"0": 2}))], 3)
    assert [view.get(key_of(owner)).title for owner in "ij"] == ["b", "c"]
    view.close()


def test_a_restart_goes_on_at_the_stored_position(tmp_path: Path) -> None:
    row = UserActivity(totals={"click": 1}, applied={"0": 7})
    view = stored(ActivityView, tmp_path)
    view.begin(Partition("user_activity.table.v1", 0))
    view.apply(0, [change(USER_ACTIVITY, "u", row)], 42)
    view.close()

    again = stored(ActivityView, tmp_path)
    assert again.begin(Partition("user_activity.table.v1", 0)) == 42
    assert again.get(key_of("u")) == row
    again.close()


def test_the_version_of_an_owner_changes_with_each_of_its_rows(tmp_path: Path) -> None:
    view = stored(HistoryView, tmp_path)
    view.begin(Partition("user_history.table.v1", 0))
    versions = {view.version(key_of("u"))}
    for position, day in enumerate(("00000001", "00000002"), start=1):
        view.apply(0, [change(USER_HISTORY, "u", UserHistory(applied={"0": position}), day)], position)
        versions.add(view.version(key_of("u")))
    assert len(versions) == 3
    view.close()


def test_while_restoring_nothing_replaces_a_newer_row(tmp_path: Path) -> None:
    verdicts = {}
    codec = CODECS.codec_for(USER_ACTIVITY.subject, UserActivity)
    old = codec.encode(UserActivity(applied={"0": 5}))
    candidates = {
        "newer": codec.encode(UserActivity(applied={"0": 6})),
        "older": codec.encode(UserActivity(applied={"0": 4})),
        "elsewhere": codec.encode(UserActivity(applied={"1": 9})),
        "no row": b"?",
        "deleted": None,
    }

    def catch_up(replica: Replica, partition: Partition, accept: Accept) -> None:
        verdicts.update({name: accept(old, new) for name, new in candidates.items()})

    view = ActivityView(tmp_path, BUDGET, RowDecoder(codec, CODECS.fetch), catch_up)
    view.begin(Partition("user_activity.table.v1", 0))
    view.close()
    assert verdicts == {"newer": True, "older": False, "elsewhere": False, "no row": False, "deleted": True}
