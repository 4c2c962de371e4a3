"""Interactions: a tenant's behaviour as columns, which is how models read it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from heapq import nlargest
from typing import Final, Self, TypeAlias

import numpy as np
from numpy.typing import NDArray

from schemas.hashing import id_hash
from schemas.records import ACTION_INDEX, Action, BehaviorEvent
from schemas.strength import POSITIVE, POSITIVE_STARS, thousandths

_IMPRESSION: Final = Action.IMPRESSION.value
_RATE: Final = ACTION_INDEX[Action.RATE]
_SPARE: Final = 1_000
"""Held beyond twice as many as are wanted, so that few are not sorted again and again."""

_Entry: TypeAlias = tuple[int, str, str, int, int]
"""Time, user, item, index of the action, value in thousandths."""

_POSITIVE: Final = np.array([action in POSITIVE for action in Action])


@dataclass(frozen=True, slots=True)
class Interactions:
    """M interactions of users with items, by time; what was merely shown is none.

    Users and items are numbered in the order of their ids, and interactions of one time stand in the order of their
    event ids' hashes: the columns are a function of the set of events, so a model trained on them is, too.
    """

    users: Sequence[str]
    """(U,) user ids by number, sorted."""

    items: Sequence[str]
    """(I,) item ids by number, sorted."""

    user: NDArray[np.int32]
    """(M,) number of the user."""

    item: NDArray[np.int32]
    """(M,) number of the item."""

    action: NDArray[np.int64]
    """(M,) index in `schemas.records.ACTIONS`."""

    value: NDArray[np.int64]
    """(M,) value in thousandths, 0 for none; stars where the action is a rate."""

    time: NDArray[np.int64]
    """(M,) event time in milliseconds since 1970, rising."""

    @classmethod
    def of(cls, events: Iterable[BehaviorEvent], last: int | None = None) -> Self:
        """Return the events' interactions, each event id once, however often and in whatever order they come.

        With `last` only so many, the latest, however many events there are: the same of any order. Twice as many are
        held meanwhile, in about 300 bytes each.
        """
        by_id: dict[int, _Entry] = {}
        for event in events:
            if event.action != _IMPRESSION:
                entry = (
                    event.event_time,
                    event.user_id,
                    event.item_id,
                    ACTION_INDEX[event.action],
                    thousandths(event.value),
                )
                identity = id_hash(event.event_id)
                # Two events under one id are their producer's mistake: the greater stands, whichever came first. The
                # lesser would not do: it may be left out as too old before the other comes, or after.
                by_id[identity] = max(entry, by_id.get(identity, entry))
                if last is not None and len(by_id) > 2 * last + _SPARE:
                    by_id = _latest(by_id, last)
        if last is not None:
            by_id = _latest(by_id, last)
        ordered = sorted((entry[0], identity, *entry[1:]) for identity, entry in by_id.items())
        times, _, users, items, actions, values = zip(*ordered, strict=True) if ordered else ((),) * 6
        user_ids, item_ids = sorted(set(users)), sorted(set(items))
        return cls(
            users=user_ids,
            items=item_ids,
            user=_numbers(users, {each: number for number, each in enumerate(user_ids)}),
            item=_numbers(items, {each: number for number, each in enumerate(item_ids)}),
            action=np.array(actions, np.int64),
            value=np.array(values, np.int64),
            time=np.array(times, np.int64),
        )

    def __len__(self) -> int:
        return len(self.time)

    @property
    def positive(self) -> NDArray[np.bool_]:
        """(M,) whether the interaction counts as liking: `schemas.strength.is_positive`."""
        liked: NDArray[np.bool_] = _POSITIVE[self.action] | ((self.action == _RATE) & (self.value >= POSITIVE_STARS))
        return liked

    def take(self, which: NDArray[np.bool_] | NDArray[np.intp]) -> Self:
        """Return the interactions where the mask is true, or at these positions; the numbering stays."""
        columns = ("user", "item", "action", "value", "time")
        return replace(self, **{name: getattr(self, name)[which] for name in columns})


def _latest(by_id: dict[int, _Entry], count: int) -> dict[int, _Entry]:
    """Return so many of the entries, the latest; of one time those of the greater identity."""
    if len(by_id) <= count:
        return by_id
    return dict(nlargest(count, by_id.items(), key=lambda item: (item[1][0], item[0])))


def _numbers(ids: Sequence[str], numbers: Mapping[str, int]) -> NDArray[np.int32]:
    return np.fromiter((numbers[each] for each in ids), np.int32, len(ids))
