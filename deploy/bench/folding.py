"""Fold, rebuild and scale: how many events a second workers fold, and that what they fold is right."""

import asyncio
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any, Final

from agents.behavior import BEHAVIOR_AGENT
from agents.tables import Table
from deploy.bench.oracle import ALL_TABLES, BEHAVIOR_TABLES, Oracle
from deploy.bench.pace import watch
from deploy.bench.rig import Rig
from deploy.demo.steps import step
from topics.catalog import ACCEPTED, BEHAVIOR
from topics.topic import Topic


@dataclass(frozen=True, slots=True)
class Job:
    """What workers are to do, and what it is told by."""

    agents: tuple[str, ...]
    """Those that run; none named: all."""

    topics: tuple[Topic, ...]
    """What they read of the workload, the log itself first."""

    tables: tuple[Table[Any], ...]
    """What they must have made of it."""


PEERS_JOB: Final = Job((BEHAVIOR_AGENT.name,), (BEHAVIOR,), BEHAVIOR_TABLES)
"""The users' tables: what the peers do, and history, de-duplication and forwarding besides."""

WHOLE_JOB: Final = Job((), (BEHAVIOR, ACCEPTED), ALL_TABLES)
"""From the log into all tables."""


async def fold(rig: Rig, job: Job, group: str, events: int, oracle: Oracle, workers: int = 1) -> float:
    """Return the events a second at which workers do a job, beginning with empty stores and empty tables.

    Args:
        rig: holds the workload.
        job: what they do.
        group: name of their consumer group, a new one.
        events: how many the workload has.
        oracle: has folded the workload.
        workers: how many share the work.

    Raises:
        WrongTablesError: the tables are not the oracle's.
        ChildEndedError, NotDoneError, TooFewEventsError: as `deploy.bench.pace.watch` says.
    """
    await rig.empty_tables()
    with step(rig.console, f"{group}: folded and checked"):
        async with AsyncExitStack() as stack:
            running = [
                await stack.enter_async_context(rig.worker(group, number, job.agents)) for number in range(workers)
            ]
            pace = await watch(rig, group, job.topics, events, running)
        await asyncio.to_thread(oracle.check, job.tables, rig.reader, rig.codecs)
    return pace
