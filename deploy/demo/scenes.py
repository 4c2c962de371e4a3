"""The two scenes: MovieLens loaded from a folder, and the simulated world of short videos."""

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path

from deploy.demo.cast import Cast
from deploy.demo.client import TidelinePolicy
from deploy.demo.experiment import ClickRate, Experiment, Plan
from deploy.demo.stage import TENANT, Stage
from deploy.demo.steps import step
from deploy.demo.world import SCENARIO as VIDEOS
from deploy.demo.world import TOPICS
from deploy.load.movielens import SCENARIO as MOVIES
from deploy.load.movielens import read_behavior, read_catalogue
from deploy.load.rows import Place
from schemas.records import BehaviorEvent, ItemChange

Rounds = Sequence[Mapping[str, ClickRate]]
"""Click rates by policy, round by round."""


async def load_movies(stage: Stage, folder: Path) -> Cast:
    """Load MovieLens and return when the tables hold it; bad rows are named on the console and left out."""

    def reject(place: Place, why: str) -> None:
        stage.console.print(f"{place}: {why}", style="red", markup=False, highlight=False)

    changes = await asyncio.to_thread(lambda: list(read_catalogue(folder, TENANT, reject)))
    genres = {change.item_id: change.categories or [] for change in changes}
    events = await asyncio.to_thread(read_behavior, folder, TENANT, genres, reject)
    with step(stage.console, f"{len(changes) + len(events):,} events sent, folded and read by the server"):
        await stage.put(changes, events)
    return Cast.of(MOVIES, "Animation", changes, events)


async def play_videos(stage: Stage, plan: Plan) -> tuple[Cast, Rounds]:
    """Run the experiment; return whom to show, and the click rates."""
    all_changes: list[ItemChange] = []
    all_events: list[BehaviorEvent] = []

    async def publish(changes: Sequence[ItemChange], events: Sequence[BehaviorEvent]) -> None:
        all_changes.extend(changes)
        all_events.extend(events)
        await stage.put(changes, events)

    experiment = Experiment(plan, TENANT, TidelinePolicy(stage.client), publish)
    await experiment.history()
    rounds = []
    for number in range(plan.rounds):
        rounds.append(await experiment.round(number))
        told = ", ".join(f"{name} {rate.rate:.1%}" for name, rate in sorted(rounds[-1].items()))
        stage.console.print(f"round {number + 1} of {plan.rounds}, clicks per video shown: {told}", highlight=False)
    return Cast.of(VIDEOS, TOPICS[0], all_changes, all_events), rounds
