"""How fast a server answers: MovieLens in the tables, all models released, and a client process that asks."""

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np
from msgspec.structs import replace
from rich.console import Console

from deploy.bench.errors import NotDoneError
from deploy.bench.refreshing import USERS, make_lists, serving_config
from deploy.bench.requests import Measured, Plan
from deploy.bench.untrained import untrained
from deploy.demo.cast import Cast
from deploy.demo.child import TIDELINE
from deploy.demo.scenes import load_movies
from deploy.demo.stage import TENANT, Stage, open_stage
from deploy.demo.steps import step
from deploy.load.movielens import SCENARIO, read_behavior, read_catalogue
from deploy.load.rows import Place
from deploy.replay.recall import fit_recall
from schemas.loading import load_codecs
from schemas.registry import Registry
from schemas.settings import RegistrySettings
from serving.api.recommender.v1.admin_pb2 import SetConfigRequest
from serving.client import administer
from topics.moments import now_ms
from topics.producer import LogProducer
from topics.reader import LogReader
from topics.releases import SUBJECTS, Releases
from topics.settings import KafkaSettings
from training.artifact.model import Model
from training.artifact.releasing import released
from training.artifact.store import ModelStore
from training.features.catalog import FEATURES
from training.recipe import find, read

_WARM_S: Final = 4.0
_TAKEN_S: Final = 60.0
_SAMPLE: Final = 2_000
_SWAP_S: Final = 30.0
_CHANGE_S: Final = 10.0


@dataclass(frozen=True, slots=True)
class Soak:
    """A server under load for long, with a model swap and a change of its configuration every half minute."""

    requests: int
    failed: int
    rss_start_mb: float
    rss_end_mb: float
    swaps: int
    changes: int


@dataclass(frozen=True, slots=True)
class Bench:
    """A server that is ready to be measured."""

    stage: Stage
    cast: Cast
    ranker: Model
    releases: Releases
    store: ModelStore
    producer: LogProducer

    async def ask(
        self,
        clients: int,
        seconds: float,
        requests: int | None = None,
        *,
        acting: bool = False,
        users: Sequence[str] | None = None,
    ) -> Measured:
        """Return what so many clients met in that time, each with the next request as soon as it has its answer."""
        asking = list(users or self.cast.users)
        plan = Plan(self.target, TENANT, SCENARIO, asking, clients, seconds, requests=requests, acting=acting)
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "deploy.bench.requests"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        try:
            told, _ = await process.communicate(msgspec.json.encode(plan))
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        self.stage.server.check()
        if process.returncode != 0:
            raise NotDoneError(f"the client ended with {process.returncode}; its error stands above")
        return msgspec.json.decode(told, type=Measured)

    async def ahead(self, console: Console, clients: int, seconds: float) -> Measured:
        """Return what clients met whose answers come from lists made ahead: one met the times, several the rate.

        One after the other, for what several wait for is each other.
        """
        users = list(self.cast.users)[:USERS]
        await make_lists(self.stage, console, self.target, SCENARIO, users)
        return (await self.ask(1, seconds, users=users)).at_the_rate_of(await self.ask(clients, seconds, users=users))

    async def soak(self, clients: int, seconds: float) -> Soak:
        """Ask for that long, with another version of the ranker and of the configuration every half minute."""
        before = self.stage.server.rss
        asking = asyncio.create_task(self.ask(clients, seconds))
        swaps, end = 0, time.monotonic() + seconds - _SWAP_S / 2
        while time.monotonic() < end and not asking.done():
            await asyncio.wait([asking], timeout=_SWAP_S)
            swaps += 1
            await asyncio.to_thread(self.release, self.ranker, f"soak-{swaps}")
            await asyncio.to_thread(self.configure, {"candidates": 500 - swaps % 2})
        found = await asking
        return Soak(found.requests, found.failed, before / 2**20, self.stage.server.rss / 2**20, swaps, changes=swaps)

    def configure(self, fields: Mapping[str, Any]) -> None:
        """Have the server answer the scenario by these fields of its configuration from now on."""
        change = SetConfigRequest(
            tenant_id=TENANT, component=f"serving.{SCENARIO}", json=msgspec.json.encode(fields).decode()
        )
        administer(self.target, "SetConfig", change, _CHANGE_S)

    async def audit(self, decisions: int) -> dict[str, Any]:
        """Return what `tideline audit` says of the decisions that were recorded so far; raise NotDoneError if nothing.

        The worker is waited for: an event that is not folded yet is in no decision.
        """
        await self.stage.catch_up.wait()
        process = await asyncio.create_subprocess_exec(
            *(TIDELINE, "audit", "--tenant", TENANT, "--sample", str(decisions), "--json"),
            env={**os.environ, **self.stage.environment},
            stdout=asyncio.subprocess.PIPE,
        )
        told, _ = await process.communicate()
        if not told.strip():
            raise NotDoneError(f"the audit ended with {process.returncode}; its error stands above")
        found: dict[str, Any] = msgspec.json.decode(told.splitlines()[-1])
        return found

    @property
    def target(self) -> str:
        """The server's address."""
        return f"127.0.0.1:{self.stage.environment['TIDELINE_SERVING_PORT']}"

    def release(self, model: Model, version: str) -> None:
        """Let the model answer from now on, under that version."""
        fresh = Model(replace(model.manifest, version=version), model.tensors, model.words)
        before = self.releases.of(TENANT).get(model.manifest.name, [])
        made = released(fresh, self.store, before, now_ms(), force=True)
        self.releases.publish(self.producer, made)


@asynccontextmanager
async def open_bench(console: Console, data: Path, features: Sequence[str] | None = None) -> AsyncIterator[Bench]:
    """Start everything, load the data, release a model of every channel and the ranker, and warm up.

    The ranker reads these features, or else those of its recipe.

    Raises DeployError: a subclass that says what did not start.
    """
    async with serving_config() as config, open_stage(console, SCENARIO, config) as stage:
        cast = await load_movies(stage, data)
        with step(console, "models fitted"):
            models = await asyncio.to_thread(_models, data, features)
        kafka = KafkaSettings(bootstrap_servers=stage.environment["TIDELINE_KAFKA_BOOTSTRAP_SERVERS"])
        registry = RegistrySettings.model_validate({"url": stage.environment["TIDELINE_REGISTRY_URL"]})
        with LogProducer(kafka) as producer, Registry(registry) as client:
            releases = Releases(LogReader(kafka), await asyncio.to_thread(load_codecs, client, SUBJECTS))
            store = ModelStore(Path(stage.environment["TIDELINE_MODELS_FOLDER"]))
            bench = Bench(stage, cast, models[-1], releases, store, producer)
            with step(console, f"{len(models)} models answer"):
                for model in models:
                    await asyncio.to_thread(bench.release, model, "bench")
                await _taken(stage, [model.manifest.name for model in models])
                await bench.ask(1, _WARM_S)
            yield bench


def _models(data: Path, features: Sequence[str] | None) -> list[Model]:
    """Return a model of each channel, and the ranker last; weights that only training makes good are as drawn."""
    genres = {change.item_id: change.categories or [] for change in read_catalogue(data, TENANT, _passed_over)}
    events = read_behavior(data, TENANT, genres, _passed_over)
    sample = np.random.default_rng(7).normal(size=(_SAMPLE, len(FEATURES))).astype(np.float32)
    recipe = read(find("deepfm"))
    if features is not None:
        recipe = recipe.model_copy(update={"features": tuple(features)})
    return [*fit_recall(events, TENANT, 0), untrained(recipe, sample, TENANT)]


def _passed_over(place: Place, why: str) -> None:
    """Say nothing: the loading of the same rows named them."""


async def _taken(stage: Stage, names: Sequence[str]) -> None:
    """Return when the server has taken the models; raise NotDoneError if it does not within a minute."""
    deadline = time.monotonic() + _TAKEN_S
    missing = set(names)
    while missing:
        stage.server.check()
        lines = await asyncio.to_thread(stage.server.log)
        missing = {name for name in names if f"model {name} bench of tenant {TENANT} answers" not in lines}
        if time.monotonic() > deadline:
            raise NotDoneError(f"the server has not taken {', '.join(sorted(missing))} within {_TAKEN_S:g} s")
        await asyncio.sleep(0.1)
