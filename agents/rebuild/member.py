"""One process of a rebuild: does the jobs that its coordinator writes to its standard input, one after another.

Run as `python -m agents.rebuild.member`. The end of its standard input tells it to finish the batch in hand and exit,
so it also ends when its coordinator is killed.
"""

import asyncio
import logging
import signal
import sys
from collections.abc import Iterator
from contextlib import closing
from io import FileIO, RawIOBase
from pathlib import Path
from queue import SimpleQueue
from threading import Event, Thread
from typing import Any, Final

from agents.rebuild.copying import copy_rows
from agents.rebuild.protocol import (
    Advanced,
    Copy,
    Ended,
    Failed,
    Fold,
    Hello,
    Job,
    Ready,
    Report,
    hello_in,
    job_in,
    line_of,
)
from agents.rebuild.records import gathered, record_of
from agents.roster import AGENTS
from agents.runtime.batch import Batch
from agents.runtime.cache import RowCache
from agents.runtime.failpoint import Failpoint
from agents.runtime.intake import Limits, schema_ids
from agents.runtime.interpreter import calm_collector, share_memory
from agents.runtime.kit import Kit
from agents.runtime.processor import Processor
from agents.runtime.pulse import Pulse
from agents.settings import WorkerSettings
from agents.tables import TABLES
from schemas.errors import TidelineError
from schemas.loading import load_codecs
from schemas.registry import Registry
from schemas.settings import RegistrySettings
from topics.budget import StoreBudget
from topics.catalog import BEHAVIOR, SOURCES, dead_letters
from topics.changelogs import CHANGELOGS
from topics.generation import Generation
from topics.groups import Commit, Groups
from topics.logs import LogSettings, configure_logging
from topics.offsets import Partition
from topics.reader import LogReader
from topics.runs import RunProducer
from topics.settings import KafkaSettings

log = logging.getLogger(__name__)

STDIN: Final = FileIO(0, closefd=False)
"""Without a buffer: a thread that waits in a buffered read when the interpreter ends has it abort."""

_NEVER: Final = float("inf")


class Jobs:
    """The jobs as they come in; `over` is set as soon as no more will come."""

    def __init__(self, source: RawIOBase) -> None:
        self.over: Final = Event()
        self._source = source
        self._waiting: SimpleQueue[Job | None] = SimpleQueue()
        Thread(target=self._listen, name="jobs", daemon=True).start()

    def __iter__(self) -> Iterator[Job]:
        """Yield the jobs, waiting for each, until they are over; a job that waits then is not done."""
        while (job := self._waiting.get()) is not None and not self.over.is_set():
            yield job

    def _listen(self) -> None:
        for line in self._source:
            self._waiting.put(job_in(line))
        self.over.set()
        self._waiting.put(None)


class Member:
    """Does jobs with the clients and stores of a kit."""

    def __init__(self, kit: Kit, commit: Commit, over: Event) -> None:
        self._kit = kit
        self._commit = commit
        self._over = over

    def do(self, job: Job) -> None:
        """Do a job and tell the coordinator how far it is; once jobs are over, return where it can go on from."""
        if isinstance(job, Copy):
            [table] = [table for table in TABLES if table.name == job.table]
            copy_rows(self._kit, table, job.partition, Generation(job.source), lambda rows: _tell(Advanced(rows)))
        else:
            self._fold(job)

    def _fold(self, job: Fold) -> None:
        [agent] = [agent for agent in AGENTS if agent.name == job.agent]
        processor = Processor(agent, job.partition, self._kit, lambda: False)
        with closing(processor):
            processor.open()
            at = Partition(self._kit.generation.name(agent.source), job.partition)
            position = processor.done_offset + 1
            for batch in gathered(self._kit.reader.read({at: position}, {at: job.until}, stop=self._over)):
                rejected = processor.rejected
                if batch.records:
                    fetched = Batch(at.topic, at.number, [record_of(message) for message in batch.records])
                    self._know_schemas(fetched)
                    processor.process(fetched)
                self._commit({at: batch.position})
                _tell(Advanced(batch.position - position, processor.rejected - rejected))
                position = batch.position

    def _know_schemas(self, batch: Batch) -> None:
        for schema_id in schema_ids(batch.records):
            if schema_id not in self._kit.codecs.cache:
                asyncio.run(self._kit.learn_schema(schema_id))


def _kit(hello: Hello, settings: WorkerSettings, producer: RunProducer) -> Kit:
    reader = LogReader(KafkaSettings(**hello.kafka))
    topics = [*SOURCES, *(dead_letters(source) for source in SOURCES), *CHANGELOGS]
    registry = Registry(RegistrySettings(**hello.registry))  # open to the end: a record may name a schema of its own
    codecs = load_codecs(registry, {topic.subject: topic.record for topic in topics})
    return Kit(
        settings=settings,
        generation=Generation(settings.generation),
        limits=Limits(settings.max_event_bytes, settings.ahead_ms, len(reader.offsets.partitions(BEHAVIOR.name))),
        codecs=codecs,
        reader=reader,
        producer=producer,
        pulse=Pulse(_NEVER),  # no group can take a partition away
        budget=StoreBudget(),
        cache=RowCache(settings.cached_bytes),
        folder=Path(hello.folder),
        failpoint=Failpoint(settings.failpoint, settings.failpoint_batch),
        on_failure=_no_runner,
    )


def _no_runner(*_: Any) -> None:
    raise AssertionError("a rebuild has no runners that could fail")


def _tell(report: Report) -> None:
    sys.stdout.buffer.write(line_of(report))
    sys.stdout.buffer.flush()


def _work(hello: Hello) -> None:
    share_memory()
    kafka, settings = KafkaSettings(**hello.kafka), WorkerSettings(**hello.worker)
    group = Generation(settings.generation).group(settings.group)
    with RunProducer(kafka) as producer, Groups(kafka).committing(group) as commit:
        kit = _kit(hello, settings, producer)
        jobs = Jobs(STDIN)
        member = Member(kit, commit, jobs.over)
        calm_collector()
        _tell(Ready())
        for job in jobs:
            member.do(job)
            _tell(Ended())


def main() -> None:
    """Read the greeting, then do jobs until they are over; exit with 1 where one fails."""
    # Ctrl-C in a terminal reaches all processes of the command; the coordinator says what follows from it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    configure_logging(LogSettings(), logging.WARNING)
    # What is bad was bad the first time, too: it is counted here, and its letter has been written.
    logging.getLogger("agents.runtime.processor").setLevel(logging.ERROR)
    try:
        _work(hello_in(STDIN.readline()))
    except TidelineError as error:
        _tell(Failed(str(error)))
        sys.exit(1)
    except BrokenPipeError:
        sys.exit(1)  # the coordinator was killed: what it would have been told is committed


if __name__ == "__main__":
    main()
