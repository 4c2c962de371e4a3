"""The experiment: users dealt into arms, one policy each, round after round, everything they do going into one log.

All arms see the same world at the same time, so the difference of their click rates is the policies'. Tideline learns
from what the users of all arms do, as a product would; the baselines count the same events.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import numpy as np

from deploy.demo.policies import Observed, Policy, PopularPolicy, RandomPolicy
from deploy.demo.simulator import MS_A_POSITION, Simulator, Visit
from deploy.demo.world import World
from schemas.records import Action, BehaviorEvent, ItemChange

Publish = Callable[[Sequence[ItemChange], Sequence[BehaviorEvent]], Awaitable[None]]
"""Puts new items and events into the log, and returns when the tables hold them."""


@dataclass(frozen=True)
class Plan:
    """Size and course of an experiment. Time is virtual; the last round ends at `end_ms`."""

    end_ms: int
    seed: int = 7
    users: int = 300
    items: int = 1500
    rounds: int = 8
    shown: int = 10
    """Length of a list."""

    history_lists: int = 1
    """Random lists that each user has seen before the first round."""

    round_ms: int = 3_600_000
    history_ms: int = 3 * 86_400_000

    @property
    def rounds_ms(self) -> int:
        """When the first round begins."""
        return self.end_ms - self.rounds * self.round_ms

    @property
    def start_ms(self) -> int:
        """When the history begins."""
        return self.rounds_ms - self.history_ms


@dataclass(frozen=True, slots=True)
class ClickRate:
    """Clicks of videos shown."""

    shown: int
    clicked: int

    @property
    def rate(self) -> float:
        """From 0 to 1; 0 where nothing was shown."""
        return self.clicked / self.shown if self.shown else 0.0

    def __add__(self, other: "ClickRate") -> "ClickRate":
        return ClickRate(self.shown + other.shown, self.clicked + other.clicked)


class Experiment:
    """One run. `history` comes first, then `round` for 0 to plan.rounds - 1."""

    def __init__(self, plan: Plan, tenant: str, policy: Policy, publish: Publish) -> None:
        """Prepare a run of `policy` against random and popular."""
        self._plan = plan
        self._tenant = tenant
        self._publish = publish
        self._world = World.make(plan.seed, plan.users, plan.items, plan.start_ms, plan.end_ms)
        self._simulator = Simulator(self._world, tenant)
        self._observed = Observed()
        self._random = RandomPolicy(self._observed, plan.seed)
        self._policies: tuple[Policy, ...] = (self._random, PopularPolicy(self._observed), policy)
        self._arms = np.random.default_rng([plan.seed, 1]).permutation(plan.users) % len(self._policies)
        self._published_until = 0
        self._visits = 0

    async def history(self) -> None:
        """Show random lists to all users: what there is to learn from at first."""
        length = self._plan.history_ms // self._plan.history_lists
        for number in range(self._plan.history_lists):
            await self._play([self._random] * self._plan.users, self._plan.start_ms + number * length, length)

    async def round(self, number: int) -> dict[str, ClickRate]:
        """Show every user one list of the policy of their arm; return the click rate by policy's name."""
        policies = [self._policies[arm] for arm in self._arms]
        return await self._play(policies, self._plan.rounds_ms + number * self._plan.round_ms, self._plan.round_ms)

    async def _play(self, policies: Sequence[Policy], start_ms: int, length_ms: int) -> dict[str, ClickRate]:
        """Show every user, one after the other, one list of their policy; all lists are asked for before any event."""
        changes = self._world.changes(self._tenant, self._published_until, start_ms + 1)
        self._published_until = start_ms + 1
        self._observed.add_items(changes)
        await self._publish(changes, [])
        spread_ms = length_ms - self._plan.shown * MS_A_POSITION  # so that the last list is done when the time is up
        times = [start_ms + user * spread_ms // self._plan.users for user in range(self._plan.users)]
        offers = await asyncio.gather(
            *(
                policy.offer(user, self._plan.shown, at)
                for policy, user, at in zip(policies, self._world.users, times, strict=True)
            )
        )
        events: list[BehaviorEvent] = []
        rates: dict[str, ClickRate] = {policy.name: ClickRate(0, 0) for policy in policies}
        for user, (policy, at, offer) in enumerate(zip(policies, times, offers, strict=True)):
            theirs = self._simulator.visit(Visit(self._visits, user, at, offer.items, offer.request_id))
            clicked = sum(event.action == Action.CLICK for event in theirs)
            rates[policy.name] += ClickRate(len(offer.items), clicked)
            self._visits += 1
            events += theirs
        self._observed.add_events(events)
        await self._publish([], events)
        return rates
