"""History: which events count, and what a chunk of acts holds."""

from collections.abc import Sequence
from operator import attrgetter

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from agents.folds import history
from agents.folds.durations import FIVE_MINUTES
from agents.folds.sourced import Sourced
from schemas.packing import ACTS, EVENT_IDS, OFFSETS
from schemas.records import ACTION_INDEX, BehaviorEvent, UserHistory
from tests.agents.folds.worlds import NOW, behaviors, flood
from tests.contracts.fold import FoldContract
from tests.contracts.stages import acceptance, log_of

one_chunk = behaviors.map(
    lambda event: replace(event, user_id="u0", event_time=NOW - NOW % FIVE_MINUTES + event.event_time % FIVE_MINUTES)
)


class TestHistory(FoldContract):
    source = "user_id"
    events = behaviors
    many = flood(users=1, items=300, days=1, span=FIVE_MINUTES)
    stages = (acceptance(),)
    max_bytes = 40 * len(many)  # bounded by its events: a hash, an offset, and perhaps an item of 20 bytes


@given(st.integers(0, 253_402_300_799_999))
def test_a_chunk_is_five_minutes_and_chunks_sort_by_time(time: int) -> None:
    chunk = history.chunk_of(history.slot_of(time))
    assert len(chunk) == 8
    assert int(chunk, 16) == time // FIVE_MINUTES
    assert history.chunk_of(history.slot_of(time + FIVE_MINUTES)) > chunk


@given(st.lists(one_chunk))
def test_it_holds_what_its_events_say(events: list[BehaviorEvent]) -> None:
    chunk, accepted = history.fold(UserHistory(), log_of(events, "user_id"))

    first: dict[int, Sourced[BehaviorEvent]] = {}
    for sourced in log_of(events, "user_id"):
        first.setdefault(sourced.id_hash, sourced)
    assert accepted == list(first.values())
    by_id = sorted(first.items())
    assert EVENT_IDS.unpack(chunk.event_ids) == [(id_hash,) for id_hash, _ in by_id]
    assert OFFSETS.unpack(chunk.offsets) == [(sourced.offset,) for _, sourced in by_id]
    taken = [sourced.event for sourced in accepted]
    assert chunk.items == sorted({event.item_id for event in taken})
    assert ACTS.unpack(chunk.acts) == [_act(item, taken) for item in chunk.items]


def _act(item: str, events: Sequence[BehaviorEvent]) -> tuple[int, int]:
    theirs = [event for event in events if event.item_id == item]
    return max(map(attrgetter("event_time"), theirs)), sum(1 << bit for bit in {_bit(event) for event in theirs})


def _bit(event: BehaviorEvent) -> int:
    return ACTION_INDEX[event.action]


@given(st.lists(one_chunk, min_size=1), st.data())
def test_a_redelivery_is_decided_as_it_was(events: list[BehaviorEvent], data: st.DataObject) -> None:
    log = log_of(events, "user_id")
    chunk, accepted = history.fold(UserHistory(), log)
    first = data.draw(st.integers(0, len(log)))
    again, accepted_again = history.fold(chunk, log[first:])
    assert again is chunk
    assert accepted_again == [sourced for sourced in accepted if sourced.offset >= first]


def test_of_two_events_under_one_id_the_first_in_the_log_counts() -> None:
    like = BehaviorEvent("e1", "t", "u", "liked", "like", NOW)
    hide = BehaviorEvent("e1", "t", "u", "hidden", "hide", NOW)
    for first, second in ((like, hide), (hide, like)):
        chunk, accepted = history.fold(UserHistory(), log_of([first, second], "user_id"))
        assert chunk.items == [first.item_id]
        assert [sourced.event for sourced in accepted] == [first]
