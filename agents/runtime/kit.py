"""Kit: what the runners of one worker share."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tenacity import AsyncRetrying, before_sleep_log, retry_if_exception_type, wait_exponential

from agents.runtime.cache import RowCache
from agents.runtime.failpoint import Failpoint
from agents.runtime.intake import Limits
from agents.runtime.pulse import Pulse
from agents.runtime.state import TableState
from agents.settings import WorkerSettings
from agents.tables import Table
from schemas.errors import RegistryUnavailableError, UnknownSchemaError
from schemas.loading import Codecs
from topics.budget import StoreBudget
from topics.errors import BrokerUnavailableError, StalledError
from topics.generation import Generation
from topics.offsets import Partition
from topics.reader import LogReader
from topics.replica import Replica
from topics.runs import RunProducer
from topics.topic import Topic

if TYPE_CHECKING:
    from agents.runtime.runner import Runner

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Kit:
    """Clients, codecs and settings, made once by the worker."""

    settings: WorkerSettings
    generation: Generation
    limits: Limits
    codecs: Codecs
    reader: LogReader
    producer: RunProducer
    pulse: Pulse
    budget: StoreBudget
    cache: RowCache
    folder: Path
    """This worker's own folder; replicas stand in it by table and partition."""

    failpoint: Failpoint
    on_failure: Callable[["Runner", BaseException], None]
    """Told when a runner cannot go on. Nothing after the batch that it failed on may be confirmed."""

    def committed(self, source: Topic, partition: int) -> int:
        """Return the next offset that the group reads of a source's partition, 0 if it never committed; blocking."""
        committed = self.reader.offsets.committed(self.generation.group(self.settings.group))
        return committed.get(Partition(self.generation.name(source), partition), 0)

    def open_state(self, table: Table[Any], partition: int, committed: int) -> tuple[TableState[Any], int]:
        """Open the rows of a table's partition, brought up to the end of their changelog; blocking.

        Returns the rows and how many records were read. Raises TopicsError if they cannot be brought up,
        ChangelogLostError if they would not be all rows of what the group has `committed` of the source.
        """
        replica = Replica.open(self.folder / table.name / str(partition), self.budget)
        try:
            state = TableState(table, self.codecs.of(table.changelog), replica, self.cache)
            changelog = Partition(self.generation.name(table.changelog), partition)
            return state, state.catch_up(self.reader, changelog, committed)
        except BaseException:
            replica.close()
            raise

    async def once_the_broker_answers(self, ask: Callable[[], None]) -> None:
        """Call `ask` in a thread, again and again for as long as the broker is away: it will be back."""
        async for attempt in AsyncRetrying(
            retry=retry_if_exception_type((BrokerUnavailableError, StalledError)),
            wait=wait_exponential(multiplier=0.2, max=5),
            before_sleep=before_sleep_log(log, logging.WARNING),
            reraise=True,
        ):
            with attempt:
                await asyncio.to_thread(ask)

    async def learn_schema(self, schema_id: int) -> None:
        """Fetch a schema from the registry into the cache, for as long as it takes; leave an unknown id unknown."""
        async for attempt in AsyncRetrying(
            retry=retry_if_exception_type(RegistryUnavailableError),
            wait=wait_exponential(multiplier=0.2, max=5),
            before_sleep=before_sleep_log(log, logging.WARNING),
        ):
            with attempt:
                try:
                    await asyncio.to_thread(self.codecs.fetch, schema_id)
                except UnknownSchemaError as error:
                    log.warning("%s; its records go to the dead letters", error)
