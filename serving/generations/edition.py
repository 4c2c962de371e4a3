"""Edition: one generation of tables as it is served."""

import asyncio
from typing import Final, Protocol

from serving.at_least.state import State
from serving.bff.read_model import ReadModel
from serving.bff.work import Request, Runs, Work
from topics.generation import Generation


class Live(State, ReadModel, Protocol):
    """What is asked of the world that the pipeline reads; `serving.views.world.World` is one."""

    @property
    def failure(self) -> Exception | None:
        """What ended the following; None while all is well."""
        ...

    def staleness_ms(self) -> int:
        """Return a bound on how old the state is; see `ReadModel.staleness_ms`."""
        ...

    def start(self) -> None:
        """Begin to follow; returns at once."""
        ...

    def stop(self) -> None:
        """End, and let go of what is held open; blocks."""
        ...


class Edition:
    """A generation's world, the pipeline over it, and how many requests are under way there.

    A request goes through one edition from its beginning to its end: the stages know no other world.
    """

    def __init__(self, generation: Generation, world: Live, pipeline: Runs) -> None:
        """Take what was made for the generation; nothing is started."""
        self.generation: Final = generation
        self.world: Final = world
        self._pipeline = pipeline
        self._under_way = 0
        self._idle = asyncio.Event()
        self._idle.set()

    async def run(self, request: Request, deadline: float) -> Work:
        """Return what the pipeline returns; see `Pipeline.run`."""
        self._under_way += 1
        self._idle.clear()
        try:
            return await self._pipeline.run(request, deadline)
        finally:
            self._under_way -= 1
            if not self._under_way:
                self._idle.set()

    async def close(self) -> None:
        """Stop the world once the requests under way are done, to which no more are added."""
        await self._idle.wait()
        await asyncio.to_thread(self.world.stop)
