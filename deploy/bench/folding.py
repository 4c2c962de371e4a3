"""Fold, rebuild and scale: how many events a second workers fold, and that what they fold is right."""

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack
from typing import Any

from agents.tables import Table
from deploy.bench.oracle import ALL_TABLES, BEHAVIOR_TABLES, Oracle
from deploy.bench.pace import watch
from deploy.bench.rig import Rig
from deploy.demo.steps import step
from topics.catalog import ACCEPTED, BEHAVIOR
from topics.topic import Topic


async def fold_behavior(rig: Rig, group: str, events: int, oracle: Oracle) -> float:
    """Return the events a second of one worker with the behaviour agent: the peers' job, and de-duplication."""
    return await _measure(rig, group, events, oracle, 1, ["behavior"], [BEHAVIOR], BEHAVIOR_TABLES)


async def fold_all(rig: Rig, group: str, events: int, oracle: Oracle, workers: int = 1) -> float:
    """Return the events a second of workers with all agents, from the log into all tables."""
    return await _measure(rig, group, events, oracle, workers, [], [BEHAVIOR, ACCEPTED], ALL_TABLES)


async def _measure(
    rig: Rig,
    group: str,
    events: int,
    oracle: Oracle,
    workers: int,
    agents: Sequence[str],
    topics: Sequence[Topic],
    tables: Sequence[Table[Any]],
) -> float:
    """Return the pace of workers that begin with empty tables; raise WrongTablesError if they end with wrong ones."""
    await rig.empty_tables()
    with step(rig.console, f"{group}: folded and checked"):
        async with AsyncExitStack() as stack:
            running = [await stack.enter_async_context(rig.worker(group, number, agents)) for number in range(workers)]
            pace = await watch(rig, group, topics, events, running)
        await asyncio.to_thread(oracle.check, tables, rig.reader, rig.codecs)
    return pace
