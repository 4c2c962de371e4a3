"""Requests under a configuration that changes: each keeps what it began with, and its decision says what that was."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import ClassVar

import pytest

from serving.bff.decision import decision
from serving.bff.pipeline import Pipeline
from serving.bff.stages import stages
from serving.bff.work import Request, Work
from serving.candidate import Proposal
from serving.config import CHANNELS
from serving.models.shelf import Shelf
from serving.query import Query
from serving.ranking.rankers import make_rankers
from tests.serving.configuration.histories import TENANT, change
from tests.serving.configuration.rig import Rig
from tests.serving.fakes import NOW, FixedChannel, FixedWorld, as_channel, catalogue_of

ARMS = {"only": {"weight": 1, "config": {"rules": []}}}


@dataclass
class HeldChannel(FixedChannel):
    """Answers when it is released."""

    waits: ClassVar[bool] = True

    def __post_init__(self) -> None:
        self.reached, self.release = asyncio.Event(), asyncio.Event()

    async def recall(self, query: Query, limit: int) -> Proposal:
        self.reached.set()
        await self.release.wait()
        return await super().recall(query, limit)


@pytest.fixture
async def held() -> HeldChannel:
    return HeldChannel("tag", [0, 1, 2])


def pipeline(rig: Rig, held: HeldChannel) -> Pipeline:
    world = FixedWorld(catalogue_of([True] * 5))
    every = {name: as_channel(FixedChannel(name, [0, 1, 2, 3])) for name in CHANNELS} | {"tag": as_channel(held)}
    return Pipeline(stages(world, rig.live, every, make_rankers(Shelf()), rig.metrics), rig.metrics)


async def answer(made: Pipeline) -> Work:
    return await made.run(Request(TENANT, "u", "feed", 5, NOW), asyncio.get_running_loop().time() + 10)


async def test_a_request_under_way_keeps_what_it_began_with(held: HeldChannel) -> None:
    rig = Rig()
    made = pipeline(rig, held)
    rig.write(change("serving", 1, {"candidates": 2, "tag": {"budget_ms": 10_000}}))
    under_way = asyncio.create_task(answer(made))
    await held.reached.wait()
    rig.write(change("serving", 2, {"candidates": 3}), change("experiment.e", 1, {"arms": ARMS}))
    held.release.set()
    before, after = await under_way, await answer(made)
    merged = [next(r.candidates for r in work.reports if r.name == "merge") for work in (before, after)]
    assert merged == [2, 3]
    told = [decision(work, "r", NOW) for work in (before, after)]
    assert [(each.config, each.arms) for each in told] == [
        ("serving@1", {}),
        ("serving@2, experiment.e@1", {"e": "only"}),
    ]


async def test_what_a_file_says_has_no_version(held: HeldChannel) -> None:
    held.release.set()
    told = decision(await answer(pipeline(Rig(), held)), "r", NOW)
    assert (told.config, told.arms) == ("", {})
