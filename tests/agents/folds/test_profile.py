"""Profile: attributes, their removal and their erasure."""

import random
from itertools import permutations
from operator import attrgetter
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from agents.folds import profile
from schemas.packing import STAMPS
from schemas.records import UserChange, UserProfile
from tests.agents.folds.worlds import NOW, profile_changes
from tests.contracts.fold import FoldContract
from tests.contracts.stages import log_of, table


def _flood() -> list[UserChange]:
    chance = random.Random(7)
    changes = []
    for number in range(1500):
        names = chance.sample([f"name{n}" for n in range(2000)], 3)
        change = UserChange(
            f"e{number}", "t", "u", "update", NOW + chance.randrange(3000), {names[0]: "v"}, names[1:2]
        )
        changes.append(change)
    return [*changes, UserChange("erase", "t", "u", "erase", NOW + 1500)]


class TestProfile(FoldContract):
    source = "user_id"
    ids_may_repeat = True  # equal stamps are told apart by value, so nothing need accept these events first
    events = profile_changes
    many = _flood()
    stages = (table("user_profile", attrgetter("user_id"), UserProfile(), profile.fold),)
    max_bytes = profile.ATTRIBUTES * (STAMPS.size + 13) + 100


def update(after: int, removed: tuple[str, ...] = (), **attributes: str) -> UserChange:
    return UserChange(f"{after} {attributes} {removed}", "t", "u", "update", NOW + after, attributes, list(removed))


def erase(after: int) -> UserChange:
    return UserChange(f"erase {after}", "t", "u", "erase", NOW + after)


def folded(*changes: UserChange) -> UserProfile:
    return profile.fold(UserProfile(), log_of(changes, "user_id"))


def attributes(row: UserProfile) -> dict[str, str | None]:
    return dict(zip(row.names, row.values, strict=True))


@given(st.lists(profile_changes, unique_by=attrgetter("event_id")))
@example(_flood())
def test_each_attribute_is_what_its_latest_change_says(changes: list[UserChange]) -> None:
    row = folded(*changes)
    erased_at = max((c.event_time for c in changes if c.change == "erase"), default=-1)
    said: dict[str, Any] = {}
    for sourced in log_of(changes, "user_id"):
        event = sourced.event
        stamp = (event.event_time, sourced.id_hash)
        if event.change == "update" and event.event_time > erased_at:
            for name in {*event.removed, *event.attributes}:
                if name not in said or stamp > said[name][0]:
                    said[name] = (stamp, event.attributes.get(name))
    last = sorted(sorted(said, key=lambda name: (said[name][0], name))[-profile.ATTRIBUTES :])
    assert row.erased_at == erased_at
    assert attributes(row) == {name: said[name][1] for name in last}
    assert row.names == last
    assert STAMPS.unpack(row.stamps) == [said[name][0] for name in last]


def test_an_older_update_does_not_bring_back_what_was_removed() -> None:
    assert attributes(folded(update(1, removed=("city",)), update(0, city="Oslo"))) == {"city": None}


def test_erasure_takes_what_was_set_at_or_before_it_and_leaves_no_trace() -> None:
    row = folded(update(0, city="Oslo"), update(1, removed=("age",)), update(5, name="A"), erase(5))
    assert row == UserProfile(erased_at=NOW + 5, applied=row.applied)


def test_an_update_older_than_the_erasure_stays_out_however_late_it_comes() -> None:
    erased = folded(update(0, city="Oslo"), erase(5))
    late = log_of([update(0, city="Oslo"), erase(5), update(3, city="Rome")], "user_id")
    assert profile.fold(erased, late) is erased


def test_a_later_update_survives_an_erasure_that_comes_after_it() -> None:
    assert attributes(folded(update(6, city="Rome"), erase(5))) == {"city": "Rome"}


def test_of_two_changes_under_one_id_and_time_the_greater_value_stands() -> None:
    settings = [({}, ["city"]), ({"city": "Oslo"}, []), ({"city": "Rome"}, [])]
    for order in permutations(UserChange("e", "t", "u", "update", NOW, *setting) for setting in settings):
        assert attributes(folded(*order)) == {"city": "Rome"}
