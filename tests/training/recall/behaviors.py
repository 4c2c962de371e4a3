"""Small behaviours for tests of the recall models."""

from collections.abc import Iterable

from hypothesis import strategies as st

from schemas.records import Action, BehaviorEvent
from training.artifact.manifest import Manifest
from training.interactions import Interactions

MANIFEST = Manifest(name="m", kind="", version="v1", tenant="t", created_at=0, features=[], seed=3)

Act = tuple[str, str, str]
"""User, item, action."""

acts: st.SearchStrategy[list[Act]] = st.lists(
    st.tuples(
        st.sampled_from("uvw"),
        st.sampled_from("abcd"),
        st.sampled_from([Action.VIEW.value, Action.LIKE.value, Action.DISLIKE.value, Action.PURCHASE.value]),
    ),
    min_size=1,
    max_size=25,
).filter(lambda acts: len({user for user, _, _ in acts}) > 1 < len({item for _, item, _ in acts}))


def events(acts: Iterable[Act]) -> list[BehaviorEvent]:
    """Return the acts as events, one after the other."""
    return [
        BehaviorEvent(f"e{time}", "t", user, item, str(action), time) for time, (user, item, action) in enumerate(acts)
    ]


def behaved(acts: Iterable[Act]) -> Interactions:
    """Return the acts as interactions."""
    return Interactions.of(events(acts))


def tastes(users: int = 40) -> list[Act]:
    """Return users who like either the items e0 to e4 or the items o0 to o4, four of them each."""
    return [
        (f"u{user:02}", f"{'eo'[user % 2]}{(user // 2 + place) % 5}", Action.LIKE)
        for user in range(users)
        for place in range(4)
    ]
