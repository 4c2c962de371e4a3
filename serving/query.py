"""Query: what is asked, by whom, and the state of the world that it is answered from."""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from training.artifact.forward.history import History

if TYPE_CHECKING:
    from serving.views.catalogue import Catalogue

T = TypeVar("T")


class Made(dict[Hashable, Any]):
    """What was made of something that does not change, by what it is."""

    def once(self, key: Hashable, make: Callable[[], T]) -> T:
        """Return what `make` returned when it was first called under this key."""
        if key not in self:
            self[key] = make()
        made: T = self[key]
        return made


@dataclass(frozen=True, slots=True)
class Recent:
    """A user's last interactions with items that the catalogue knows, the latest first; M of them, at most 50."""

    items: NDArray[np.int32]
    """(M,) item numbers in the query's catalogue; one item may stand several times."""

    actions: NDArray[np.int64]
    """(M,) index in schemas.records.ACTIONS."""

    times: NDArray[np.int64]
    """(M,) event time in milliseconds."""

    values: NDArray[np.int64]
    """(M,) value in thousandths, 0 for none."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What a user was shown, by the impressions that were tracked: E exposures, in no order.

    An exposure is an item and five minutes, counted from 1970, of which the user's history holds an impression of it:
    histories are kept so, and an item that is shown twice within the same five minutes was exposed once.
    """

    items: NDArray[np.int32] = field(default_factory=lambda: np.empty(0, np.int32))
    """(E,) item numbers; one stands as often as it was exposed."""

    times: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))
    """(E,) milliseconds: when the user last had to do with the item in those five minutes."""


@dataclass(frozen=True, slots=True)
class UserState:
    """What the tables know of one user as of the query; empty for a new user."""

    recent: Recent
    seen: NDArray[np.int32]
    """(S,) numbers of all items that the user ever acted on (impressions do not count), sorted, unique."""

    tags: Mapping[str, float]
    """Affinity by tag, decayed to the query's `as_of_ms`; positive for liked, negative for disliked."""

    read: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    """By table, how far the user's rows were folded: by source partition the last offset."""

    shown: Shown = field(default_factory=Shown)
    """Exposures of all times after an erasure."""

    made: Made = field(default_factory=Made, compare=False, repr=False)
    """Of `recent`, `seen` and `read` alone; whoever has the same may share it: several channels need it, and the next
    request of a user who did nothing since."""

    @property
    def history(self) -> History:
        """The same as recall models read it, in the catalogue's numbers; each renumbers it to its own.

        Not made at all where a list made ahead answers: it costs as much as such an answer.
        """
        return self.made.once("history", self._as_history)

    def _as_history(self) -> History:
        recent = self.recent
        older = _without(self.seen, recent.items).astype(np.int64)
        return History.of(recent.items, recent.actions, recent.values, older)

    @property
    def is_new(self) -> bool:
        """Whether nothing of this user is known."""
        return not len(self.seen) and not len(self.recent.items)


def _without(items: NDArray[np.int32], others: NDArray[np.int32]) -> NDArray[np.int32]:
    """Return those of the items, which are sorted, each once, that are none of the others."""
    kept = np.ones(len(items), np.bool_)
    at = np.searchsorted(items, others)
    met = at < len(items)
    at, others = at[met], others[met]
    kept[at[items[at] == others]] = False
    return items[kept]


@dataclass(frozen=True)
class Query:
    """One request, with the state that it is answered from. Every stage reads it; none changes it."""

    tenant: str
    user: str
    scenario: str
    count: int
    """Length of the list asked for, 1 to 500."""

    as_of_ms: int
    """The moment that the answer is for: decay and windows are computed against it, never against a clock."""

    catalogue: "Catalogue"
    """The tenant's items as columns; item numbers everywhere are positions in it."""

    state: UserState
    context: Mapping[str, str] = field(default_factory=dict)
    exclude_seen: bool = False
    """Whether the answer leaves out what the user acted on; channels then do not spend their limit on it."""

    offset: int = 0
    """How many items the pages before this one hold; 0 on the first."""

    earlier: NDArray[np.int32] = field(default_factory=lambda: np.empty(0, np.int32))
    """(E,) numbers of the items of earlier pages, which are left out; at most `offset`."""

    made: Made = field(default_factory=Made, init=False, compare=False, repr=False)
    """What several channels need of it."""

    @cached_property
    def eligible(self) -> NDArray[np.bool_]:
        """(I,) whether a channel may propose each item; made once, and not to be written to.

        An item that is not active may not; nor one of an earlier page; nor one that the user acted on, where the
        answer leaves those out: a channel would spend its limit on what a filter takes away.
        """
        allowed = self.catalogue.active.copy()
        allowed[self.earlier] = False
        if self.exclude_seen:
            allowed[self.state.seen] = False
        allowed.setflags(write=False)
        return allowed
