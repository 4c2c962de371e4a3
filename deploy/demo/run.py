"""The demonstration, act by act. Whatever it claims is checked, and told in figures."""

import asyncio
import signal
import statistics
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.markup import escape

from deploy.demo.cast import NEWCOMER, Cast
from deploy.demo.client import TidelinePolicy
from deploy.demo.errors import DemoError
from deploy.demo.experiment import Plan
from deploy.demo.freshness import milliseconds_until
from deploy.demo.plot import plot
from deploy.demo.policies import PopularPolicy, RandomPolicy
from deploy.demo.report import change_table, clicks_table, lists_table, sizes_table, total_rate
from deploy.demo.scenes import Rounds, load_movies, play_videos
from deploy.demo.stage import Stage, open_stage
from deploy.demo.tables import dead_letter_count, folded_actions, read_table
from deploy.demo.world import SCENARIO as VIDEOS
from deploy.load.movielens import SCENARIO as MOVIES
from schemas.records import UserActivity
from serving.api.recommender.v1.recommendation_pb2 import RecommendResponse
from topics.changelogs import CHANGELOGS, USER_ACTIVITY

COUNT: Final = 10
"""Length of a list."""

SHOWN: Final = 5
"""How much of a list is printed where several are."""

KNOWN_USERS: Final = 3
LIKES: Final = 3
PROBES: Final = 15

TARGET_MS: Final = 300
TARGET_RSS: Final = 600 << 20


@dataclass
class Outcome:
    """What was found. `held` decides on the exit code; figures are for whoever reads them."""

    checks: dict[str, bool] = field(default_factory=dict)
    figures: dict[str, Any] = field(default_factory=dict)

    @property
    def held(self) -> bool:
        """Whether everything held."""
        return all(self.checks.values())


async def run(console: Console, data: Path | None, plan: Plan, *, keep: bool) -> Outcome:
    """Show everything; return what was found.

    Args:
        console: where to.
        data: folder of MovieLens; None for the simulated world.
        plan: of the simulated world.
        keep: leave everything running until Ctrl-C or SIGTERM.

    Raises:
        DeployError: a subclass that says what could not be shown.
    """
    outcome = Outcome()
    start = time.monotonic()
    async with open_stage(console, VIDEOS if data is None else MOVIES) as stage:
        if data is None:
            cast, rounds = await play_videos(stage, plan)
            show_clicks(console, rounds, outcome)
        else:
            cast = await load_movies(stage, data)
        await show_lists(stage, cast)
        await show_change(stage, cast, outcome)
        await show_freshness(stage, cast, outcome)
        await show_tables(stage, outcome)
        show_rates(stage, outcome)
        if keep:
            await _hold(stage, cast)
    outcome.figures["seconds"] = round(time.monotonic() - start, 1)
    return outcome


def show_clicks(console: Console, rounds: Rounds, outcome: Outcome) -> None:
    """Show the click rates of the policies."""
    names = [RandomPolicy.name, PopularPolicy.name, TidelinePolicy.name]
    console.print(clicks_table(rounds, names))
    console.print(plot({name: [rates[name].rate for rates in rounds] for name in names}), highlight=False)
    totals = {name: total_rate(rounds, name).rate for name in names}
    outcome.figures["click_rates"] = {name: round(rate, 4) for name, rate in totals.items()}
    ours = [rates[TidelinePolicy.name].rate for rates in rounds]
    half = (len(ours) + 1) // 2
    outcome.checks["the click rate rises"] = sum(ours[-half:]) > sum(ours[:half])
    for rival in (RandomPolicy.name, PopularPolicy.name):
        outcome.checks[f"clicked more than {rival}"] = totals[TidelinePolicy.name] > totals[rival]


async def show_lists(stage: Stage, cast: Cast) -> None:
    """Show recommendations for some known users and a new one."""
    users = [*cast.spread(KNOWN_USERS), NEWCOMER]
    lists = {
        _heading(user, cast): (await stage.client.recommend(user, SHOWN, cast.present_ms)).items for user in users
    }
    stage.console.print(lists_table("recommendations", lists))


async def show_change(stage: Stage, cast: Cast, outcome: Outcome) -> None:
    """Let the newcomer like some items of a topic, and show the list before and after."""
    before = await stage.client.recommend(NEWCOMER, COUNT, cast.present_ms)
    liked = cast.best_known(LIKES)
    events = [cast.like(NEWCOMER, item) for item in liked]
    ids = _ids(before)
    first = await milliseconds_until(stage, events[0], lambda answer: _ids(answer) != ids, COUNT, cast.present_ms)
    await stage.track(events[1:])
    await stage.catch_up.wait()
    after = await stage.client.recommend(NEWCOMER, COUNT, cast.present_ms)
    titles = {item.item_id: item.title or item.item_id for item in cast.items}
    stage.console.print(f"\n{NEWCOMER} likes {', '.join(escape(titles[item]) for item in liked)}", highlight=False)
    stage.console.print(change_table(before.items, after.items))
    stage.console.print(f"another list {first:.0f} ms after the first was acknowledged by the broker", highlight=False)
    outcome.checks["a newcomer's likes change the list"] = _ids(after) != ids


async def show_freshness(stage: Stage, cast: Cast, outcome: Outcome) -> None:
    """Let users like the first item of their lists, and measure when it is gone from there."""
    waited = []
    for user in cast.spread(PROBES):
        items = (await stage.client.recommend(user, COUNT, cast.present_ms)).items
        if not items:
            raise DemoError(f"{user} acted on every item, so there is none to recommend: simulate more --items")
        top = items[0].item_id
        event = cast.like(user, top)
        waited.append(await milliseconds_until(stage, event, _lacks(top), COUNT, cast.present_ms))
    median = statistics.median(waited)
    stage.console.print(
        f"\nfrom the broker's acknowledgement of an event to a changed list: median {median:.0f} ms of {len(waited)} "
        f"(least {min(waited):.0f}, most {max(waited):.0f}; target {TARGET_MS}) {_mark(median < TARGET_MS)}",
        highlight=False,
    )
    outcome.figures["freshness_ms"] = {"median": round(median, 1), "most": round(max(waited), 1)}


async def show_tables(stage: Stage, outcome: Outcome) -> None:
    """Show the tables' sizes and the worker's memory; check that every event was folded and none rejected."""
    await stage.catch_up.wait()
    tables = {topic: await asyncio.to_thread(read_table, stage.reader, topic) for topic in CHANGELOGS}
    stage.console.print(sizes_table(size for _, size in tables.values()))
    folded = folded_actions(tables[USER_ACTIVITY][0], stage.codecs.codec_for(USER_ACTIVITY.subject, UserActivity))
    letters = await asyncio.to_thread(dead_letter_count, stage.reader)
    rss = stage.worker.rss
    sent = stage.traffic.actions
    told = ", ".join(f"{folded[action]:,} of {count:,} {action}" for action, count in sorted(sent.items()))
    stage.console.print(f"events folded: {told} {_mark(folded == sent)}", highlight=False)
    stage.console.print(f"dead letters: {letters} {_mark(letters == 0)}", highlight=False)
    stage.console.print(f"worker: {rss >> 20} MiB resident {_mark(rss < TARGET_RSS)}", highlight=False)
    outcome.checks["every event was folded once"] = folded == sent
    outcome.checks["no dead letters"] = letters == 0
    outcome.figures |= {"folded": dict(folded), "dead_letters": letters, "worker_rss": rss}


def show_rates(stage: Stage, outcome: Outcome) -> None:
    """Show how fast events went in, and through."""
    traffic = stage.traffic
    stage.console.print(
        f"{traffic.events:,} events: {traffic.sent_rate:,.0f} a second into the log, "
        f"{traffic.served_rate:,.0f} a second until folded and read by the server, batch after batch",
        highlight=False,
    )
    outcome.figures |= {
        "events": traffic.events,
        "sent_per_s": round(traffic.sent_rate),
        "served_per_s": round(traffic.served_rate),
    }


async def _hold(stage: Stage, cast: Cast) -> None:
    """Return on Ctrl-C or SIGTERM; raise ChildEndedError if the worker or the server ends before."""
    exports = " ".join(f"{name}={value}" for name, value in stage.environment.items())
    ask = f"tideline recommend {cast.tenant} {cast.users[0]} --scenario {cast.scenario}"
    stage.console.print(
        f"\nall of it runs until Ctrl-C; ask from another terminal:\n{exports} {ask}", soft_wrap=True, highlight=False
    )
    told = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, told.set)
    while not told.is_set():
        stage.worker.check()
        stage.server.check()
        with suppress(TimeoutError):
            async with asyncio.timeout(1):
                await told.wait()


def _heading(user: str, cast: Cast) -> str:
    if user == NEWCOMER:
        return f"{user}, of whom nothing is known"
    return f"{user}, who liked {' and '.join(cast.liked.get(user, [])[:2]) or 'nothing yet'}"


def _lacks(item: str) -> Callable[[RecommendResponse], bool]:
    """Return whether an answer lacks the item: of a liked one, what the like alone can cause."""
    return lambda answer: item not in _ids(answer)


def _ids(answer: RecommendResponse) -> list[str]:
    return [item.item_id for item in answer.items]


def _mark(good: bool) -> str:
    return "[green]✓[/]" if good else "[red]✗[/]"
