"""Switch: one generation serves at a time, and another takes over in one step once it is ready."""

import asyncio
import logging
from collections.abc import Callable
from enum import StrEnum
from threading import Event
from types import TracebackType
from typing import Final, Self

from serving.bff.work import Request, Work
from serving.errors import NotReadyError, ViewError
from serving.generations.edition import Edition, Live
from serving.generations.watch import Watch
from serving.metrics import NO_GENERATION, Metrics
from topics.generation import Generation

_LOG = logging.getLogger(__name__)

_LOOK_EVERY_S: Final = 0.05


class Outcome(StrEnum):
    """What became of the preparation of a generation."""

    DONE = "done"
    FAILED = "failed"
    OVERRIDDEN = "overridden"
    """Another one was wanted before it was ready, or the process is to stop."""


class Switch:
    """Answers from the present edition while it is entered, and prepares the one that `watch` asks for beside it.

    Until the new one is ready, and for ever if it never is, the present one serves. One edition is prepared or closed
    at a time, so no two of the same generation ever want the same folder.
    """

    def __init__(self, make: Callable[[Generation], Edition], watch: Watch, metrics: Metrics) -> None:
        """Take how to make the edition of a generation; it is started here."""
        self._make = make
        self._watch = watch
        self._metrics = metrics
        self._present: Edition | None = None
        self._wanted: Generation | None = None
        self._told = asyncio.Event()
        self._stop = Event()
        self._tasks: tuple[asyncio.Task[None], ...] = ()

    async def __aenter__(self) -> Self:
        """Begin; nothing serves until the first edition is ready."""
        self._tasks = (asyncio.create_task(self._listen()), asyncio.create_task(self._follow()))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Give up what is being prepared and close the present edition; no request may be under way for ever."""
        self._stop.set()
        self._told.set()
        await asyncio.wait(self._tasks)
        if self._present is not None:
            await self._present.close()

    @property
    def ready(self) -> bool:
        """Whether requests can be answered."""
        return self._present is not None and self._present.world.ready

    @property
    def world(self) -> Live:
        """The world that serves; raises NotReadyError before there is one."""
        if self._present is None or not self._present.world.ready:
            raise NotReadyError("the views have not reached the end of their changelogs yet; try again shortly")
        return self._present.world

    @property
    def failure(self) -> Exception | None:
        """Why no request can be answered any more: the process is to be started again. None while all is well."""
        for task in self._tasks:
            error = task.exception() if task.done() else None
            if isinstance(error, Exception):
                return error
        return self._present.world.failure if self._present is not None else None

    async def run(self, request: Request, deadline: float) -> Work:
        """Return what the present edition's pipeline makes of the request; see `Pipeline.run`.

        Raises NotReadyError before there is an edition.
        """
        if self._present is None:
            raise NotReadyError("the views have not reached the end of their changelogs yet; try again shortly")
        return await self._present.run(request, deadline)

    async def _listen(self) -> None:
        changes = self._watch.changes(self._stop)
        while (generation := await asyncio.to_thread(next, changes, None)) is not None:
            self._wanted = generation
            self._told.set()

    async def _follow(self) -> None:
        while await self._told.wait() and not self._stop.is_set():
            self._told.clear()
            present = None if self._present is None else self._present.generation
            if self._wanted is not None and self._wanted != present:
                await self._turn_to(self._wanted)

    async def _turn_to(self, generation: Generation) -> None:
        """Prepare the generation beside the present one; exchange them if that succeeds; close what does not serve."""
        _LOG.info("preparing generation %s", generation)
        self._metrics.preparing.set(generation.number)
        edition = self._make(generation)
        edition.world.start()
        outcome = await self._prepared(edition)
        surplus: Edition | None = edition
        if outcome is Outcome.DONE:
            surplus, self._present = self._present, edition
            self._metrics.generation.set(generation.number)
            _LOG.info("generation %s serves", generation)
        self._metrics.preparing.set(NO_GENERATION)
        self._metrics.switches.labels(outcome).inc()
        if surplus is not None:
            await surplus.close()
        if outcome is Outcome.FAILED:
            self._tell(generation, edition.world.failure)

    async def _prepared(self, edition: Edition) -> Outcome:
        while self._wanted == edition.generation and not self._stop.is_set():
            if edition.world.failure is not None:
                return Outcome.FAILED
            if edition.world.ready:
                return Outcome.DONE
            await asyncio.sleep(_LOOK_EVERY_S)
        return Outcome.OVERRIDDEN

    def _tell(self, generation: Generation, why: Exception | None) -> None:
        """Log why a generation cannot serve; raise ViewError if there is none that serves instead."""
        told = f"generation {generation} cannot serve: {why}"
        if self._present is None:
            raise ViewError(f"{told}; there is none that serves instead") from why
        _LOG.error("%s; generation %s goes on serving", told, self._present.generation)
