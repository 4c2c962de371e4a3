"""What users do when they are shown videos: the click model, and the events that follow from it.

Every visit draws from a generator of its own, made of the world's seed and the visit's number. So a run is the same
again whatever order the visits come in, as long as the lists are.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from deploy.demo.world import SCENARIO, World
from schemas.records import Action, BehaviorEvent

CLICK_BIAS: Final = -4.0
CLICK_TASTE: Final = 10.0
CLICK_QUALITY: Final = 2.5
"""Weights of the click model: of videos that mean nothing to a user, one in 50 is clicked; taste weighs most."""

POSITION_DECAY: Final = 0.3
"""The video at position n (from 0) is looked at with chance (n + 1) ** -0.3: the tenth half as often as the first."""

MS_A_POSITION: Final = 15_000
"""How long a user stays with each position of a list; what happens there happens within that time."""

_MS_A_STEP: Final = 1000
_LIKE_SHARE: Final = 0.5
_DISLIKE_SHARE: Final = 0.2
_COMPLETE_FROM: Final = 0.9

Step = tuple[Action, float | None]
"""An action and its value."""


@dataclass(frozen=True, slots=True)
class Visit:
    """A user looks through one list: who, when, and the videos' ids from the top."""

    number: int
    """Unique in the run: seeds what the user does."""

    user: int
    at_ms: int
    shown: Sequence[str]
    request_id: str | None = None
    """The recommendation request that made the list, if one did."""


class Simulator:
    """Answers a visit with the user's events, in the order in which they happen."""

    def __init__(self, world: World, tenant: str) -> None:
        self._world = world
        self._tenant = tenant
        self._numbers = {item: number for number, item in enumerate(world.items)}

    def visit(self, visit: Visit) -> list[BehaviorEvent]:
        """Return an impression of each video shown, a view of each that was looked at, and what came of that."""
        random = np.random.default_rng([self._world.seed, visit.number])
        items = np.array([self._numbers[item] for item in visit.shown], np.intp)
        looked = random.random(len(items)) < look_chances(len(items))
        clicked = looked & (random.random(len(items)) < self.click_chances(visit.user, items))
        events: list[BehaviorEvent] = []
        for position, item in enumerate(items.tolist()):
            steps: list[Step] = [(Action.IMPRESSION, None)]
            if looked[position]:
                steps.append((Action.VIEW, None))
            if clicked[position]:
                steps += self._watch(visit.user, item, random)
            events += self._events(visit, position, item, steps)
        return events

    def click_chances(self, user: int, items: NDArray[np.intp]) -> NDArray[np.float64]:
        """Return (N,) the chance that the user, who looks at it, clicks each of N videos."""
        liking = self._world.mixes[items] @ self._world.tastes[user]
        appeal = CLICK_BIAS + CLICK_TASTE * liking + CLICK_QUALITY * self._world.qualities[items]
        return np.asarray(1 / (1 + np.exp(-appeal)))

    def _watch(self, user: int, item: int, random: np.random.Generator) -> list[Step]:
        """Return click, play with its seconds, and perhaps complete, and like or dislike."""
        liking = float(self._world.mixes[item] @ self._world.tastes[user])
        watched = float(random.beta(1 + 6 * liking, 1.5))
        mood = float(random.random())
        steps: list[Step] = [(Action.CLICK, None), (Action.PLAY, round(watched * int(self._world.seconds[item]), 1))]
        if watched >= _COMPLETE_FROM:
            steps.append((Action.COMPLETE, None))
        if mood < _LIKE_SHARE * liking:
            steps.append((Action.LIKE, None))
        elif mood > 1 - _DISLIKE_SHARE * (1 - liking) * (1 - watched):
            steps.append((Action.DISLIKE, None))
        return steps

    def _events(self, visit: Visit, position: int, item: int, steps: Sequence[Step]) -> Iterator[BehaviorEvent]:
        world = self._world
        for step, (action, value) in enumerate(steps):
            yield BehaviorEvent(
                event_id=f"visit-{world.seed}-{visit.number}-{position}-{step}",
                tenant_id=self._tenant,
                user_id=world.users[visit.user],
                item_id=world.items[item],
                action=action,
                event_time=visit.at_ms + position * MS_A_POSITION + step * _MS_A_STEP,
                scenario=SCENARIO,
                value=value,
                tags=list(world.topics[item]),
                request_id=visit.request_id,
                position=position if visit.request_id else None,
            )


def look_chances(count: int) -> NDArray[np.float64]:
    """Return (count,) the chance that a user looks at each position of a list."""
    return np.asarray(np.arange(1, count + 1) ** -POSITION_DECAY)
