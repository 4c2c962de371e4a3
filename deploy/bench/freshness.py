"""Freshness: from the broker's acknowledgement of an event until a serving view holds it, under load."""

import asyncio
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np

from deploy.bench.background import background
from deploy.bench.errors import NotDoneError
from deploy.bench.rig import Rig
from deploy.bench.workload import TENANT
from deploy.demo.child import Child
from schemas.records import BehaviorEvent
from schemas.tenancy import TenantKey
from serving.views.settings import ViewsSettings
from serving.views.world import World
from topics.events import EventProducer
from topics.moments import now_ms

WARM_UP_S: Final = 60.0
"""For so long the broker's compiler takes up to a third of a core: what a JVM costs to start, not to run."""

PAUSE_S: Final = 0.02
"""Between two probes, at most; random, so that they do not fall into step with the worker's batches."""

POLL_S: Final = 0.001
TIMEOUT_S: Final = 30.0


@dataclass(frozen=True, slots=True)
class Freshness:
    """Milliseconds from acknowledgement to visibility, of all probes in order."""

    milliseconds: list[float]

    def percentile(self, percent: float) -> float:
        """Return the time within which so many percent of the probes were visible."""
        return float(np.percentile(self.milliseconds, percent))


async def measure_freshness(rig: Rig, probes: int, rate: float) -> Freshness:
    """Measure with a worker of all agents and a view in this process, while `rate` events a second come in.

    Each probe is the first event of a user of its own, so that it alone can have made the user's row.

    Raises:
        NotDoneError: the views were not ready, or a probe not visible, within TIMEOUT_S.
        ChildEndedError: the worker or the load ended.
    """
    world = World.over(ViewsSettings(state_dir=rig.folder / "views"), rig.reader, rig.codecs)
    world.start()
    try:
        async with rig.worker("freshness") as worker:
            await _until_ready(world)
            async with background(rig, rate) as load:
                return await asyncio.to_thread(_probe_all, rig, world, probes, (worker, load))
    finally:
        await asyncio.to_thread(world.stop)


async def _until_ready(world: World) -> None:
    deadline = time.monotonic() + TIMEOUT_S
    while not world.ready:
        if world.failure is not None or time.monotonic() > deadline:
            raise NotDoneError(f"the views did not come to be ready within {TIMEOUT_S:g} s") from world.failure
        await asyncio.sleep(POLL_S)


def _probe_all(rig: Rig, world: World, probes: int, children: Iterable[Child]) -> Freshness:
    pauses = np.random.default_rng(7).uniform(0, PAUSE_S, probes).tolist()
    with EventProducer(rig.kafka, rig.codecs) as producer:
        time.sleep(WARM_UP_S)
        waited = []
        for number, pause in enumerate(pauses):
            for child in children:
                child.check()
            time.sleep(pause)
            waited.append(_probe(producer, world, number))
    return Freshness(waited)


def _probe(producer: EventProducer, world: World, number: int) -> float:
    """Return the milliseconds that one event took from its acknowledgement."""
    user = f"probe{number}"
    now = now_ms()
    event = BehaviorEvent(f"probe-{number}", TENANT, user, f"i{number}", "view", now)
    key = TenantKey(TENANT, user).encode()
    producer.send(event).result(TIMEOUT_S)
    acknowledged = time.perf_counter()
    while world.views.activity.get(key) is None:
        if world.failure is not None:
            raise NotDoneError("the views are no longer followed") from world.failure
        if time.perf_counter() - acknowledged > TIMEOUT_S:
            raise NotDoneError(
                f"the event of {user} was acknowledged {TIMEOUT_S:g} s ago and is not visible: the worker does not "
                "keep up with the load on this machine; give it a lower --rate, or the machine less else to do"
            )
        time.sleep(POLL_S)
    return (time.perf_counter() - acknowledged) * 1000
