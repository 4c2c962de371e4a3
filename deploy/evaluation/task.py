"""Task: what there is to learn from, and what is to be foretold of whom."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Self

from deploy.evaluation.errors import EvaluationError
from schemas.records import Action, BehaviorEvent, ItemChange
from schemas.strength import is_positive
from training.split import Events, global_time, per_user

SPLITS: Final[Mapping[str, Callable[[Iterable[BehaviorEvent], float], tuple[Events, Events]]]] = {
    "peruser": per_user,
    "global": global_time,
}
SHARE: Final = 0.1
LEAST: Final = 5
"""Events that a user needs in the train part to be judged."""

RELEVANT_STARS: Final = 4.0
"""Stars from which on a rate is relevant; any other action is, if it is positive."""


@dataclass(frozen=True, slots=True)
class Task:
    """One split of one tenant's log."""

    train: Sequence[BehaviorEvent]
    catalogue: Sequence[ItemChange]
    users: Sequence[str]
    """(U,) those who are judged: with LEAST events in the train part and something relevant in the test part."""

    relevant: Sequence[frozenset[str]]
    """(U,) what each user liked in the test part and had not acted on before."""

    @classmethod
    def of(
        cls, events: Iterable[BehaviorEvent], catalogue: Sequence[ItemChange], split: str, share: float = SHARE
    ) -> Self:
        """Return the task of the split; raise EvaluationError if nobody can be judged."""
        given = list(events)
        users, items = ({getattr(event, name) for event in given} for name in ("user_id", "item_id"))
        if len(users) < 2 or len(items) < 2:
            raise EvaluationError(
                f"the log has {len(given)} events of {len(users)} users on {len(items)} items; two of each are the "
                f"least of which one can be told from another"
            )
        train, test = SPLITS[split](given, share)
        seen, liked = acted_on(train), acted_on(event for event in test if is_relevant(event))
        done: defaultdict[str, int] = defaultdict(int)
        for event in train:
            done[event.user_id] += 1
        wanted = {
            user: frozenset(items - seen.get(user, set()))
            for user, items in liked.items()
            if done.get(user, 0) >= LEAST
        }
        judged = sorted((user for user, items in wanted.items() if items), key=lambda user: (len(user), user))
        if not judged:
            raise EvaluationError(
                f"no user has {LEAST} events before the cut and something new to like after it; collect more"
            )
        return cls(train, catalogue, judged, [wanted[user] for user in judged])

    def validation(self) -> "Task":
        """Return the task of the train part alone, cut the same way for each user: what is tuned is tuned on it."""
        return Task.of(self.train, self.catalogue, "peruser")


def is_relevant(event: BehaviorEvent) -> bool:
    """Return whether what the event says is what lists are to foretell."""
    if event.action == Action.RATE:
        return event.value is not None and event.value >= RELEVANT_STARS
    return is_positive(event.action, event.value)


def acted_on(events: Iterable[BehaviorEvent]) -> dict[str, set[str]]:
    """Return the items of each user's events."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for event in events:
        found[event.user_id].add(event.item_id)
    return dict(found)
