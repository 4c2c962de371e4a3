"""Asking channels: those that wait all at once, each with its budget; one that fails or is late fails no request."""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, partial
from typing import Final, NamedTuple, cast

from serving.candidate import Proposal
from serving.metrics import Metrics
from serving.query import Query
from serving.recall.protocol import Begins, Channel
from serving.seldom import Seldom

_LOG = logging.getLogger(__name__)
_TOLD: Final = Seldom(every_s=10.0)
"""Which channels' failures were logged lately; the metrics count them all."""


class Verdict(StrEnum):
    """What became of a channel that was asked."""

    OK = "ok"
    FAILED = "failed"
    LATE = "late"


@dataclass(frozen=True, slots=True)
class Outcome:
    """A channel's verdict, and what it proposed if that is OK."""

    verdict: Verdict
    proposal: Proposal

    @property
    def missing(self) -> bool:
        """Whether the channel was left out."""
        return self.verdict is not Verdict.OK


@dataclass(frozen=True, slots=True)
class Ask:
    """One channel to ask."""

    channel: Channel
    limit: int
    budget_ms: int


_LATE: Final = Outcome(Verdict.LATE, Proposal.none())
_FAILED: Final = Outcome(Verdict.FAILED, Proposal.none())


async def gather(query: Query, asks: Sequence[Ask], until: float, metrics: Metrics) -> dict[str, Outcome]:
    """Return each channel's outcome by name, in the order of `asks`, once all are done or out of time.

    A channel that waits ends with its budget, and at `until` (on the event loop's clock) at the latest. Late ones are
    cancelled and not waited for: a channel that ignores its cancellation holds up nobody. Those that compute run one
    after the other meanwhile, as they would anyway, and always: a busy moment must not empty the list. Before them are
    begun those that give work to a helper, which does it while they run.
    """
    loop = asyncio.get_running_loop()
    tasks = {ask.channel.name: loop.create_task(_within(query, ask, metrics)) for ask in asks if ask.channel.waits}
    if tasks:
        await asyncio.sleep(0)  # so that what waits has begun to before the others keep the thread
    found: dict[str, Outcome] = {}
    try:
        begun = {ask.channel.name: _begun(query, ask) for ask in asks if _begins(type(ask.channel))}
        for ask in asks:
            if not ask.channel.waits and ask.channel.name not in begun:
                found[ask.channel.name] = await _asked(query, ask, metrics)
        # The last first: the helper does the first first. And without a wait: what was begun has to be finished.
        for ask in reversed(asks):
            if ask.channel.name in begun:
                found[ask.channel.name] = await _asked(query, ask, metrics, begun[ask.channel.name])
        if any(not task.done() for task in tasks.values()):
            await asyncio.wait(tasks.values(), timeout=max(0.0, until - loop.time()))
    finally:
        for task in tasks.values():
            task.cancel()
    for name, task in tasks.items():
        found[name] = task.result() if task.done() and not task.cancelled() else _LATE
    for name, outcome in found.items():
        metrics.channels.note(name, outcome.verdict)
    return {ask.channel.name: found[ask.channel.name] for ask in asks}


async def _within(query: Query, ask: Ask, metrics: Metrics) -> Outcome:
    """Return what the channel answers, cut off at its budget."""
    try:
        async with asyncio.timeout(ask.budget_ms / 1000):
            return await _asked(query, ask, metrics)
    except TimeoutError:
        return _LATE


@cache
def _begins(kind: type[Channel]) -> bool:
    return issubclass(kind, Begins)


class _Begun(NamedTuple):
    finish: Callable[[], Proposal]
    seconds: float
    """How long it took to begin."""


def _begun(query: Query, ask: Ask) -> _Begun:
    """Return what finishes the channel; where it failed to begin, that says so."""
    began = time.perf_counter()
    try:
        finish = cast("Begins", ask.channel).begin(query, ask.limit)
    except Exception as error:  # told like any other failure, when its turn comes
        finish = partial(_fail, error)
    return _Begun(finish, time.perf_counter() - began)


def _fail(error: Exception) -> Proposal:
    raise error


async def _asked(query: Query, ask: Ask, metrics: Metrics, begun: _Begun | None = None) -> Outcome:
    """Return what the channel answers; a failure of its own is an outcome, too."""
    try:
        began = time.perf_counter()
        proposal = begun.finish() if begun else await ask.channel.recall(query, ask.limit)
        took = time.perf_counter() - began + (begun.seconds if begun else 0.0)
        metrics.channel_seconds.note(took, ask.channel.name)
        proposal.check(len(query.catalogue), ask.limit)
        return Outcome(Verdict.OK, proposal)
    except Exception:  # whatever a channel trips over, the others answer
        if _TOLD.due(ask.channel.name, time.monotonic()):  # an index that is away fails every request
            _LOG.exception("channel %s failed for a request of tenant %s", ask.channel.name, query.tenant)
        return _FAILED
