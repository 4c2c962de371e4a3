"""Lists made ahead, for the benchmark of a server: likes, a refresher as its own process, and a list of each user."""

import asyncio
import os
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import grpc
from rich.console import Console
from uuid_utils import uuid7

from deploy.bench.errors import NotDoneError
from deploy.demo.child import Child
from deploy.demo.stage import TENANT, Stage
from deploy.demo.steps import step
from schemas.records import Action, BehaviorEvent
from serving.api.recommender.v1 import recommendation_pb2 as pb
from serving.api.recommender.v1 import recommendation_pb2_grpc
from topics.moments import now_ms

CONFIG: Final = "[default]\nrefreshed = { max_age_s = 86400 }\n"
"""The defaults, and lists made ahead answer where there are any."""

USERS: Final = 200
"""Whose lists are made: each takes as long as a request."""

_LENGTH: Final = 60
_DONE_S: Final = 180.0
_AGAIN_S: Final = 10.0
_POLL_S: Final = 0.1


async def make_lists(stage: Stage, console: Console, target: str, scenario: str, users: Sequence[str]) -> None:
    """Return when each of the users has a list made ahead that answers.

    Raises NotDoneError if that takes more than three minutes, ChildEndedError if the refresher ends.
    """
    with TemporaryDirectory(prefix="tideline-refresher-") as folder, step(console, f"{len(users)} lists made ahead"):
        environment = {**os.environ, **stage.environment}
        command = ("refresh", "--target", target, "--count", str(_LENGTH))
        async with (
            Child("refresher", command, environment, Path(folder) / "refresher.log") as refresher,
            grpc.aio.insecure_channel(target) as channel,
        ):
            stub = recommendation_pb2_grpc.RecommendServiceStub(channel)
            missing, deadline = list(users), time.monotonic() + _DONE_S
            while missing:
                # Again where nothing came of it: a group that is new begins at the end of the log, once it has met.
                await stage.track([_like(scenario, user) for user in missing])
                again = time.monotonic() + _AGAIN_S
                while missing and time.monotonic() < again:
                    refresher.check()
                    missing = [user async for user in _without(stub, scenario, missing)]
                    await asyncio.sleep(_POLL_S)
                if time.monotonic() > deadline:
                    raise NotDoneError(f"{len(missing)} of {len(users)} lists are not made after {_DONE_S:g} s")


@asynccontextmanager
async def serving_config() -> AsyncIterator[Path]:
    """Yield the file of a configuration where lists made ahead answer."""
    with TemporaryDirectory(prefix="tideline-config-") as folder:
        path = Path(folder) / "serving.toml"
        path.write_text(CONFIG)
        yield path


async def _without(
    stub: recommendation_pb2_grpc.RecommendServiceStub, scenario: str, users: Sequence[str]
) -> AsyncIterator[str]:
    """Yield those whose answer does not come from a list made ahead."""
    for user in users:
        request = pb.RecommendRequest(tenant_id=TENANT, user_id=user, scenario_id=scenario, count=20)
        answer = await stub.Recommend(request, timeout=_AGAIN_S)
        if not answer.source:
            yield user


def _like(scenario: str, user: str) -> BehaviorEvent:
    return BehaviorEvent(str(uuid7()), TENANT, user, "1", Action.LIKE, now_ms(), scenario)
