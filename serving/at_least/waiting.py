"""Waiting: a read goes on when its state is at least as new as it asks for.

At first the rows that it reads are looked at, which costs nothing and tells within milliseconds of a change that
altered them. Beside it runs a proof that always ends, also for a change that altered nothing: the workers have
committed the place, so all that it changed stands in the changelogs; and this process has read them to ends that were
asked for after that.
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from serving.api.recommender.v1.common_pb2 import LogPosition
from serving.at_least.goals import Goal, goals_of
from serving.at_least.holds import Holds
from serving.at_least.progress import Progress
from serving.at_least.state import State, States
from serving.call import DEADLINE, before
from serving.errors import DeadlineError
from topics.catalog import BEHAVIOR
from topics.generation import Generation

_LOOK_EVERY_S: Final = 0.01
_LOOK_SHARE: Final = 0.1
"""Part of the event loop's time that one read may spend on looking at its rows."""

_GRACE_S: Final = 0.3
"""Before the broker is asked: by then the rows tell of nearly all changes."""


class AtLeast:
    """Lets reads wait. One for a process, in its event loop: those who wait share the questions to the broker."""

    def __init__(
        self,
        states: States,
        progress: Callable[[Generation], Progress],
        clock: Callable[[], int],
        grace_s: float = _GRACE_S,
    ) -> None:
        """Take the state that serves, what tells of the workers of a generation, and the time in milliseconds."""
        self._states = states
        self._make_progress = progress
        self._progress: dict[Generation, Progress] = {}
        self._clock = clock
        self._grace_s = grace_s

    async def reach(self, positions: Sequence[LogPosition], holds: Holds) -> None:
        """Return when the state that serves is at least as new as the positions; at once if there are none.

        Who reads it without waiting in between answers from a state that holds them.

        Raises:
            InvalidFieldError: names a position that no event can have, or that the log has not come to.
            DeadlineError: names those that were not held in time, at four fifths of the call's deadline.
            NotReadyError: there is no state yet.
        """
        if not positions:
            return
        goals = goals_of(positions, self._states.world.partitions)
        try:
            async with before(DEADLINE.get()):
                # Another generation may have taken over meanwhile, which is to be as new.
                held: State | None = None
                while held is not (state := self._states.world):
                    await self._reach(state, goals, holds)
                    held = state
        except TimeoutError as error:
            missing = _missing(self._states.world, goals, holds) or goals
            raise DeadlineError(
                f"the state does not hold {', '.join(map(str, missing[:3]))} yet; try again, give the call more time, "
                "or see that the workers keep up"
            ) from error

    async def _reach(self, state: State, goals: Iterable[Goal], holds: Holds) -> None:
        """Return when the state holds the goals, or does not serve any more."""
        missing = _missing(state, goals, holds)
        if not missing:
            return
        time = asyncio.get_running_loop().time
        proof = asyncio.create_task(self._proof(state, missing))
        pause = _LOOK_EVERY_S
        try:
            while missing:
                await asyncio.wait({proof}, timeout=pause)
                if proof.done():
                    proof.result()
                    return
                if self._states.world is not state:  # its stores may be closed by now
                    return
                begun = time()
                missing = _missing(state, missing, holds)
                pause = max(_LOOK_EVERY_S, (time() - begun) / _LOOK_SHARE)
        finally:
            proof.cancel()

    async def _proof(self, state: State, goals: Sequence[Goal]) -> None:
        """Return when all that the log holds up to the goals is sure to be part of the state."""
        await asyncio.sleep(self._grace_s)
        progress = self._progress_of(state.generation)
        lags = await progress.until({})
        for goal in goals:
            if goal.offset >= lags[goal.at].end:
                raise goal.refusal("offset", f"lies beyond the end of the log, {lags[goal.at].end}")
        lags = await progress.until({goal.at: goal.offset + 1 for goal in goals}, lags)
        if any(goal.at.topic == BEHAVIOR.name for goal in goals):
            # What it passes on is written when a worker commits an event: that is to be folded into the items' tables.
            passed_on = {at: lag.end for at, lag in lags.items() if at.topic == progress.passed_on}
            await progress.until(passed_on, lags)
        committed_at = self._clock()
        while True:
            if state.fresh_at_ms > committed_at:
                return
            await asyncio.sleep(_LOOK_EVERY_S)

    def _progress_of(self, generation: Generation) -> Progress:
        if generation not in self._progress:
            self._progress[generation] = self._make_progress(generation)
        return self._progress[generation]


def _missing(state: State, goals: Iterable[Goal], holds: Holds) -> list[Goal]:
    return [goal for goal in goals if holds(state, goal.at) < goal.offset]
