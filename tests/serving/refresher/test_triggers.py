"""Triggers: each user once, whatever comes; and never committed past what was not answered."""

from __future__ import annotations

from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from schemas.records import Action, BehaviorEvent
from serving.refresher.settings import TELLING
from serving.refresher.triggers import Pending, Telling, Wanted

USERS = [
    Wanted("t", "u1", "home"),
    Wanted("t", "u1", "feed"),
    Wanted("t", "u2", "home"),
    Wanted("other", "u1", "home"),
]
PARTITION = {wanted: hash((wanted.tenant, wanted.user)) % 2 for wanted in USERS}


def event(action: str = "view", at: int = 0, user: str = "u", tenant: str = "t") -> BehaviorEvent:
    return BehaviorEvent("e", tenant, user, "i", action, at)


def telling(every: int = 0, most: int = 10) -> Telling:
    return Telling(TELLING, every, session_gap_s=1.0, most=most)


@given(st.sampled_from(list(Action)))
def test_what_tells_has_a_list_made_and_what_does_not_has_not(action: Action) -> None:
    assert telling().tells(event(action)) == (action in TELLING)


def test_each_nth_event_of_a_session_tells() -> None:
    decides = telling(every=3)
    assert [decides.tells(event(at=n * 1000)) for n in range(7)] == [False, False, True, False, False, True, False]


def test_a_session_ends_with_a_gap_and_is_the_users_own() -> None:
    decides = telling(every=2)
    assert not decides.tells(event(at=0))
    assert not decides.tells(event(at=0, user="v"))
    assert not decides.tells(event(at=0, tenant="other"))
    assert not decides.tells(event(at=1001)), "the first of another session"
    assert decides.tells(event(at=900)), "late, but of this session"


def test_no_more_users_are_counted_than_may_be() -> None:
    decides = telling(every=2, most=2)
    for user in ("a", "b", "c"):
        decides.tells(event(user=user))
    assert not decides.tells(event(user="a")), "it was forgotten, and begins anew"
    assert decides.tells(event(user="c"))


def test_ten_events_in_a_second_have_one_list_made() -> None:
    pending = Pending()
    first = [pending.add(USERS[0], 0, offset) for offset in range(10)]
    assert first == [True] + [False] * 9
    assert pending.begin(USERS[0]) == (0, 9), "it has to know the last one"
    assert pending.begin(USERS[0]) is None


@dataclass
class _Model:
    """What a careful reader would do: remember every event that was not answered."""

    open: dict[int, dict[int, Wanted]] = field(default_factory=lambda: {0: {}, 1: {}})
    position: dict[int, int] = field(default_factory=dict)
    under_way: dict[Wanted, int] = field(default_factory=dict)


class PendingMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.pending, self.model = Pending(), _Model()

    @rule(wanted=st.sampled_from(USERS), tells=st.booleans())
    def read(self, wanted: Wanted, tells: bool) -> None:
        partition = PARTITION[wanted]
        offset = self.model.position.get(partition, 5)
        self.pending.read(partition, offset + 1)
        self.model.position[partition] = offset + 1
        if tells:
            self.pending.add(wanted, partition, offset)
            self.model.open[partition][offset] = wanted

    @rule(wanted=st.sampled_from(USERS))
    def begin(self, wanted: Wanted) -> None:
        found = self.pending.begin(wanted)
        waiting = [at for at, who in self.model.open[PARTITION[wanted]].items() if who == wanted]
        if wanted in self.model.under_way or not waiting:
            assert found is None
        else:
            assert found == (PARTITION[wanted], max(waiting))
            self.model.under_way[wanted] = max(waiting)

    @rule(wanted=st.sampled_from(USERS))
    def end(self, wanted: Wanted) -> None:
        self.pending.end(wanted)
        last = self.model.under_way.pop(wanted, -1)
        left = self.model.open[PARTITION[wanted]]
        for at in [at for at, who in left.items() if who == wanted and at <= last]:
            del left[at]

    @rule(partition=st.integers(0, 1))
    def lose(self, partition: int) -> None:
        self.pending.lose([partition])
        self.model.open[partition] = {}
        self.model.position.pop(partition, None)
        self.model.under_way = {who: at for who, at in self.model.under_way.items() if PARTITION[who] != partition}

    @invariant()
    def nothing_that_is_open_is_committed(self) -> None:
        expected = {
            partition: min([position, *self.model.open[partition]])
            for partition, position in self.model.position.items()
        }
        assert self.pending.done() == expected


TestPending = PendingMachine.TestCase
