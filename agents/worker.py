"""Worker: runs the agents on the partitions that the group gives it, until it is told to stop or cannot go on."""

import asyncio
import logging
from pathlib import Path
from typing import Any, Final

import faust
from faust.types import TP

from agents.app import build_app
from agents.errors import WorkerFailedError
from agents.roster import AGENTS
from agents.runtime.agent import Agent
from agents.runtime.cache import RowCache
from agents.runtime.failpoint import Failpoint
from agents.runtime.health import Health
from agents.runtime.intake import Limits
from agents.runtime.kit import Kit
from agents.runtime.pulse import Pulse
from agents.runtime.runner import Runner
from agents.runtime.turns import Turns
from agents.runtime.watchdog import Watchdog
from agents.settings import WorkerSettings
from schemas.loading import Codecs
from topics.budget import StoreBudget
from topics.errors import DeliveryError, TopicMismatchError
from topics.generation import Generation
from topics.reader import LogReader
from topics.runs import RunProducer
from topics.settings import KafkaSettings

log = logging.getLogger(__name__)

GRACE_S: Final = 5.0
"""Seconds that a batch in hand has to come to its end when its partition goes away."""


class Worker:
    """One member of the group."""

    def __init__(
        self, kafka: KafkaSettings, settings: WorkerSettings, codecs: Codecs, folder: Path, health: Health
    ) -> None:
        self._runners: dict[TP, Runner] = {}
        self._leaving = False
        self._ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._producer = RunProducer(kafka)
        reader = LogReader(kafka)
        generation = Generation(settings.generation)
        self._pulse = Pulse(settings.session_timeout_s)
        self._kit = Kit(
            settings=settings,
            generation=generation,
            limits=Limits(settings.max_event_bytes, settings.ahead_ms, _partitions(reader, generation)),
            codecs=codecs,
            reader=reader,
            producer=self._producer,
            pulse=self._pulse,
            budget=StoreBudget(),
            cache=RowCache(settings.cached_bytes),
            folder=folder,
            failpoint=Failpoint(settings.failpoint, settings.failpoint_batch),
            on_failure=self._on_failure,
        )
        self._turns = Turns()
        self._app: faust.App = build_app(kafka, settings, self._deliver)
        self._app.on_partitions_revoked.connect(self._on_revoked)
        self._watchdog = Watchdog(self._app, self._runners, settings.stuck_after_s, health, self.fail)

    async def run(self) -> None:
        """Work until `stop`. Raises WorkerFailedError if it cannot go on; start it again then."""
        self._pulse.start()
        watching = asyncio.create_task(self._watchdog.watch())
        try:
            await self._app.start()
            faust_ended = asyncio.create_task(self._app.wait_until_stopped())
            await asyncio.wait({self._ended, faust_ended}, return_when=asyncio.FIRST_COMPLETED)
            faust_ended.cancel()
            if not self._ended.done():
                raise WorkerFailedError("Faust stopped the app; its log says why") from self._app.crash_reason
            self._ended.result()
        finally:
            watching.cancel()
            await self._shut_down()

    def stop(self) -> None:
        """Finish what is in hand, commit and end `run`."""
        if not self._ended.done():
            self._ended.set_result(None)

    def fail(self, error: BaseException) -> None:
        """End `run` with this error."""
        if not self._ended.done():
            self._ended.set_exception(error)

    async def _deliver(self, agent: Agent[Any], event: Any) -> None:
        if self._leaving:
            return  # the runners are gone, and what they had waiting came before this
        tp = event.message.tp
        if tp not in self._runners:
            self._runners[tp] = Runner(agent, tp.partition, self._kit, self._turns)
        await self._runners[tp].put(event)

    async def _on_revoked(self, app: faust.App, revoked: set[TP], **_: Any) -> None:
        await self._stop_runners(revoked)
        # Faust has committed before it told us; what was done since would be done again by the next owner.
        await self._commit()

    async def _commit(self) -> None:
        # A commit that finds another one under way waits for that and commits nothing itself.
        await self._app.consumer.maybe_wait_for_commit_to_finish()
        await self._app.consumer.commit()

    async def _stop_runners(self, partitions: set[TP]) -> None:
        gone = [self._runners.pop(tp) for tp in partitions & self._runners.keys()]
        await asyncio.gather(*(runner.stop(GRACE_S) for runner in gone))

    def _on_failure(self, runner: Runner, error: BaseException) -> None:
        failure = WorkerFailedError(f"agent {runner.agent.name}, partition {runner.partition}: {error}")
        failure.__cause__ = error
        self.fail(failure)

    async def _shut_down(self) -> None:
        self._leaving = True
        if self._app.started and self._app.consumer is not None:
            self._app.consumer.stop_flow()
            await self._stop_runners(set(self._runners))
            await self._commit()
        await self._app.stop()
        try:
            await asyncio.to_thread(self._producer.close, GRACE_S)
        except DeliveryError as error:
            # They are of batches that nobody confirmed, so whoever has the partitions next writes them again.
            log.warning("the broker did not answer in time: %s", error)
        await asyncio.to_thread(self._turns.close, GRACE_S)
        self._pulse.stop()


def _partitions(reader: LogReader, generation: Generation) -> int:
    """Return the partitions of the sources, one number for all; raise TopicMismatchError if it is not."""
    sources = [generation.name(agent.source) for agent in AGENTS]
    found = {source: len(reader.offsets.partitions(source)) for source in sources}
    if len(set(found.values())) > 1:
        raise TopicMismatchError(f"the sources have not one number of partitions: {found}; see `tideline topics plan`")
    return next(iter(found.values()))
