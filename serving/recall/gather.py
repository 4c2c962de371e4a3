"""Asking channels: all at once, each with its own budget; one that fails or is late never fails the request."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from serving.candidate import Proposal
from serving.metrics import Metrics
from serving.query import Query
from serving.recall.protocol import Channel

_LOG = logging.getLogger(__name__)


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

    A channel ends with its budget, and at `until` (on the event loop's clock) at the latest. Late ones are
    cancelled and not waited for: a channel that ignores its cancellation holds up nobody.
    """
    loop = asyncio.get_running_loop()
    tasks = {ask.channel.name: loop.create_task(_asked(query, ask, metrics)) for ask in asks}
    try:
        if tasks:
            await asyncio.wait(tasks.values(), timeout=max(0.0, until - loop.time()))
    finally:
        for task in tasks.values():
            task.cancel()
    outcomes = {name: task.result() if task.done() and not task.cancelled() else _LATE for name, task in tasks.items()}
    for name, outcome in outcomes.items():
        metrics.channels.labels(name, outcome.verdict).inc()
    return outcomes


async def _asked(query: Query, ask: Ask, metrics: Metrics) -> Outcome:
    """Return what the channel answers within its budget."""
    try:
        with metrics.channel_seconds.labels(ask.channel.name).time():
            async with asyncio.timeout(ask.budget_ms / 1000):
                return Outcome(Verdict.OK, await ask.channel.recall(query, ask.limit))
    except TimeoutError:
        return _LATE
    except Exception:  # whatever a channel trips over, the others answer
        _LOG.exception("channel %s failed for a request of tenant %s", ask.channel.name, query.tenant)
        return _FAILED
