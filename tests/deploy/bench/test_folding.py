"""The real worker and the real rebuild on the real stack: what is folded is right, and has a pace."""

import pytest
from rich.console import Console

from deploy.bench.folding import PEERS_JOB, WHOLE_JOB, fold
from deploy.bench.oracle import Oracle
from deploy.bench.rebuilding import rebuild
from deploy.bench.rig import open_rig
from deploy.bench.workload import Workload

EVENTS = 4_000


@pytest.mark.faults  # a stack of its own, and two whole runs: too slow for every commit
async def test_the_workload_is_folded_exactly_by_one_agent_and_by_all() -> None:
    workload = Workload(EVENTS)
    oracle = Oracle(workload.events())
    async with open_rig(Console(quiet=True)) as rig:
        await rig.fill(workload)
        assert await fold(rig, PEERS_JOB, "behavior", EVENTS, oracle) > 0
        assert await fold(rig, WHOLE_JOB, "all", EVENTS, oracle) > 0
        assert await rebuild(rig, EVENTS, oracle) > 0
