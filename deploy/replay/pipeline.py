"""Serving's own pipeline over a replayed world: the same stages, channels, rankers and rules, without a clock."""

import asyncio
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Final

from prometheus_client import CollectorRegistry

from deploy.replay.errors import ReplayError
from deploy.replay.world import ReplayWorld
from serving.bff.pipeline import Pipeline
from serving.bff.stages import stages
from serving.bff.work import Request, Work
from serving.config import ScenarioConfig
from serving.config_file import ServingConfig
from serving.metrics import Metrics
from serving.models.shelf import Shelf
from serving.ranking.protocol import Ranker
from serving.ranking.rankers import make_rankers
from serving.recall.channels import make_channels
from serving.recall.settings import RecallSettings

_UNHURRIED_MS: Final = 10_000
"""Budget of a channel: in a replay whatever is slow is waited for, or the answer would depend on the machine."""

_FOREVER_S: Final = 1e6


def replay_pipeline(
    world: ReplayWorld, shelf: Shelf, config: ScenarioConfig, rankers: Mapping[str, Ranker] | None = None
) -> Pipeline:
    """Return the pipeline over the world with the shelf's models, where no stage is ever late.

    Args:
        world: what the tables held.
        shelf: the models.
        config: how lists are made, of every tenant and scenario.
        rankers: in place of those of serving.
    """
    channels = make_channels(world.views, shelf, RecallSettings())
    patient = config.model_copy(
        update={name: config.channel(name).model_copy(update={"budget_ms": _UNHURRIED_MS}) for name in channels}
    )
    metrics = Metrics(CollectorRegistry())
    made = stages(world, ServingConfig(patient), channels, rankers or make_rankers(shelf), metrics)
    return Pipeline([replace(stage, budget_ms=round(_FOREVER_S * 1000)) for stage in made], metrics)


def answers(pipeline: Pipeline, requests: Iterable[Request]) -> Iterator[Work]:
    """Yield what the pipeline makes of each request.

    Raises whatever a stage raises that fails closed, and ReplayError if another failed: half an answer is none here.
    """
    with asyncio.Runner() as runner:
        # Not `runner.run`: for each call it looks at signal handlers, which renders the task, and all arrays in it.
        loop = runner.get_loop()
        for request in requests:
            yield loop.run_until_complete(_answer(pipeline, request))


async def _answer(pipeline: Pipeline, request: Request) -> Work:
    work = await pipeline.run(request, asyncio.get_running_loop().time() + _FOREVER_S)
    if work.degraded:
        missing = [name for name, outcome in work.outcomes.items() if outcome.missing]
        failed = [report.name for report in work.reports if report.failed]
        raise ReplayError(
            f"the answer to user {request.user} of tenant {request.tenant} lacks {', '.join([*missing, *failed])}; "
            f"the log has why"
        )
    return work
