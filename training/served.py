"""Examples of what was served: each item that a user is known to have looked at, with what came of it.

An item below the last one that the user acted on may never have been seen, so it says nothing and is left out
(Joachims et al.: Accurately Interpreting Clickthrough Data as Implicit Feedback. SIGIR 2005). A list of which nothing
was acted on is left out whole.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from schemas.decision_records import Decision
from schemas.packing import unpack_rows
from schemas.records import Action, BehaviorEvent
from schemas.strength import POSITIVE_STARS, is_positive
from training.examples import HEADS, Examples

ATTRIBUTION_MS: Final = 86_400_000
"""Event time after serving within which what is done counts as an outcome: a day."""

_CLICKS: Final = frozenset({Action.CLICK, Action.PLAY})
_NOTHING: Final = frozenset({Action.IMPRESSION})


@dataclass(frozen=True, slots=True)
class Served:
    """A list as it was served, and what the ranker read of each item then."""

    request_id: str
    user: str
    at_ms: int
    items: Sequence[str]
    """(N,) from the top."""

    values: NDArray[np.float32]
    """(N, F) features as of the time of serving."""

    @classmethod
    def of(cls, decision: Decision) -> Self:
        """Return the list of a decision record; (0, 0) values if its features were not recorded."""
        values = unpack_rows(decision.values, len(decision.features))
        return cls(decision.request_id, decision.user_id, decision.as_of, decision.items, values)


def served_examples(
    lists: Iterable[Served],
    events: Iterable[BehaviorEvent],
    features: Sequence[str],
    window_ms: int = ATTRIBUTION_MS,
) -> Examples:
    """Return the examples of lists by what users did; a function of the sets of lists and of events.

    An event belongs to a list if it names its request, user and an item of it, and comes within the window after
    serving. Labels are those of HEADS: `click` is 1 if the item was acted on (a view alone is a look), `like` is 1 if
    one of the actions was a like, a favourite, a share, a completion or the kind, 0 if it was acted on but not so, and
    not known where it was not acted on.

    Args:
        lists: in any order; a list that comes twice counts once.
        events: in any order, of any user; an event that comes twice counts once.
        features: names of the F columns.
        window_ms: of attribution.
    """
    outcomes = Outcomes(events, window_ms)
    parts = []
    for served in sorted({served.request_id: served for served in lists}.values(), key=_order):
        found = outcomes.of(served)
        if found is not None:
            parts.append((served, found))
    rows = [len(labels) for _, labels in parts]
    return Examples(
        features=tuple(features),
        values=_stacked([served.values[: len(labels)] for served, labels in parts], len(features)),
        labels=_stacked([labels for _, labels in parts], len(HEADS)),
        group=np.repeat(np.arange(len(parts)), rows).astype(np.int64),
        time=np.repeat([served.at_ms for served, _ in parts], rows).astype(np.int64),
        weight=np.ones(sum(rows), np.float32),
    )


class Outcomes:
    """What users did with lists: held in memory are the acts that name one."""

    def __init__(self, events: Iterable[BehaviorEvent], window_ms: int = ATTRIBUTION_MS) -> None:
        """Take the events, in any order, of any user; an event that comes twice counts once."""
        self.latest = 0
        """The greatest event time of all."""

        self._window_ms = window_ms
        self._acts = _acts(self._noted(events))

    def of(self, served: Served) -> NDArray[np.float32] | None:
        """Return (M, 2) labels of HEADS of the list's first M items; None if nothing of it was acted on."""
        return _outcomes(served, self._acts.get((served.request_id, served.user), ()), self._window_ms)

    def closed(self, at_ms: int) -> bool:
        """Return whether the window of what was served then had passed when the latest event happened.

        No more can come of it but what is late.
        """
        return at_ms + self._window_ms <= self.latest

    def _noted(self, events: Iterable[BehaviorEvent]) -> Iterator[BehaviorEvent]:
        for event in events:
            self.latest = max(self.latest, event.event_time)
            if event.request_id is not None:
                yield event


def _acts(events: Iterable[BehaviorEvent]) -> Mapping[tuple[str, str], Sequence[BehaviorEvent]]:
    found: defaultdict[tuple[str, str], list[BehaviorEvent]] = defaultdict(list)
    for event in {event.event_id: event for event in events}.values():
        if event.request_id is not None and event.action not in _NOTHING:
            found[event.request_id, event.user_id].append(event)
    return found


def _outcomes(served: Served, acts: Sequence[BehaviorEvent], window_ms: int) -> NDArray[np.float32] | None:
    """Return (M, 2) labels of the first M items, down to the last that was acted on; None if none was."""
    place = {item: number for number, item in enumerate(served.items)}
    labels = np.zeros((len(served.items), len(HEADS)), np.float32)
    labels[:, 1] = np.nan
    examined = 0
    for event in acts:
        number = place.get(event.item_id)
        if number is None or not served.at_ms <= event.event_time < served.at_ms + window_ms:
            continue
        examined = max(examined, number + 1)
        if event.action == Action.VIEW:
            continue
        labels[number, 0] = 1
        liked = _liked(event)
        labels[number, 1] = liked if np.isnan(labels[number, 1]) else max(labels[number, 1], liked)
    return labels[:examined] if examined else None


def _liked(event: BehaviorEvent) -> float:
    if event.action == Action.RATE:
        return float(event.value is not None and event.value * 1000 >= POSITIVE_STARS)
    return float(event.action not in _CLICKS and is_positive(event.action, event.value))


def _order(served: Served) -> tuple[int, str]:
    return served.at_ms, served.request_id


def _stacked(parts: Sequence[NDArray[np.float32]], width: int) -> NDArray[np.float32]:
    return np.concatenate([np.empty((0, width), np.float32), *parts])
