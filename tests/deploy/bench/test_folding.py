"""The real worker on the real stack: what is folded is right, and has a pace."""

import pytest
from rich.console import Console

from deploy.bench.folding import fold_all, fold_behavior
from deploy.bench.oracle import Oracle
from deploy.bench.rig import open_rig
from deploy.bench.workload import Workload

EVENTS = 4_000


@pytest.mark.integration
async def test_the_workload_is_folded_exactly_by_one_agent_and_by_all() -> None:
    workload = Workload(EVENTS)
    oracle = Oracle(workload.events())
    async with open_rig(Console(quiet=True)) as rig:
        await rig.fill(workload)
        assert await fold_behavior(rig, "behavior", EVENTS, oracle) > 0
        assert await fold_all(rig, "all", EVENTS, oracle) > 0
