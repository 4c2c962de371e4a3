"""The engine: begins a generation, or goes on with one, and brings it to its bounds with several processes."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Final

from msgspec.structs import replace

from agents.errors import RebuildError
from agents.rebuild.bounds import END, Bounds, Until, find_bounds, read, written
from agents.rebuild.protocol import Hello, fields_of
from agents.rebuild.run import Run, Tell
from agents.rebuild.team import Team
from agents.runtime.slot import claim_slot
from agents.settings import BadRecords, WorkerSettings
from schemas.loading import load_codecs
from schemas.records import GenerationChange, GenerationStatus, RebuildMethod
from schemas.registry import Registry
from schemas.settings import RegistrySettings
from topics.admin import TopicAdmin
from topics.catalog import BEHAVIOR, DERIVED
from topics.generation import Generation
from topics.generations import SUBJECTS, Generations
from topics.groups import Groups
from topics.moments import now_ms
from topics.producer import LogProducer
from topics.reader import LogReader
from topics.settings import KafkaSettings


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What one run has done."""

    change: GenerationChange
    """Of the generation: `building` where the run was stopped before its end, otherwise `built`."""

    done: dict[str, int]
    """Offsets folded, or rows copied, by stage (`agents.rebuild.run.Progress`)."""

    bad: int
    """Records that could not be processed: they are among the dead letters since workers met them first."""

    seconds: float
    """From when all processes were ready until the last of them had done its work."""

    @property
    def generation(self) -> Generation:
        """The generation that was built."""
        return Generation(self.change.generation)

    @property
    def finished(self) -> bool:
        """Whether the generation has come to its bounds."""
        return self.change.status == GenerationStatus.BUILT


class Engine:
    """Begins, continues and finishes generations. Methods raise TopicsError where the broker does not do its part."""

    def __init__(self, kafka: KafkaSettings, registry: RegistrySettings, settings: WorkerSettings) -> None:
        """Take how to reach the servers, and what workers of the generations are told: their group, their folder."""
        self.reader: Final = LogReader(kafka)
        self.generations: Final = Generations(self.reader, load_codecs(Registry(registry), SUBJECTS))
        self._groups = Groups(kafka)
        self._kafka = kafka
        self._registry = registry
        self._settings = settings

    def unfinished(self) -> GenerationChange | None:
        """Return the newest generation whose rebuild has not come to its end; None where there is none."""
        building = [each for each in self.generations.all().values() if each.status == GenerationStatus.BUILDING]
        return building[-1] if building else None

    def begin(
        self,
        until: Until = END,
        method: RebuildMethod = RebuildMethod.LOG,
    ) -> GenerationChange:
        """Say that the next generation is being built, and return it, as `run` wants it.

        Its bounds are the log's ends as they are now, or what `until` says of them; where rows are copied, `run`
        finds what they are.

        Raises:
            BoundsError: `until` means no place in the log.
        """
        bounds = written(find_bounds(until, self.reader.offsets)) if method is RebuildMethod.LOG else {}
        number = self.generations.next().number
        return self._record(GenerationChange(number, GenerationStatus.BUILDING, now_ms(), method.value, bounds))

    def run(self, begun: GenerationChange, workers: int, tell: Tell, stop: Event) -> Rebuilt:
        """Bring the generation to its bounds; return then, or soon after `stop` is set. Blocks.

        Safe to do again after any end, also kill -9: what was committed is not done again, and what was done but not
        committed changes nothing when it is done again, since rows know by `applied` what they have folded.

        Args:
            begun: what `begin` or `unfinished` returned.
            workers: how many processes share the work.
            tell: told of each step forward, by one thread at a time.
            stop: ends the run early, in good order.

        Raises:
            RebuildError: a process failed, or somebody else works at the generation.
        """
        generation, copies = Generation(begun.generation), begun.method == RebuildMethod.CHANGELOG
        settings = self._settings.model_copy(update={"generation": generation.number, "bad_records": BadRecords.SKIP})
        live = self.generations.serving()
        with self._folder(generation) as folder:
            # A copy that was stopped is begun anew: rows that were deleted since it began would stay in it.
            self._make_topics(generation, anew=copies)
            bounds = self._committed(live) if copies else read(begun.until)
            hello = Hello(fields_of(self._kafka), fields_of(self._registry), fields_of(settings), str(folder))
            with Team(hello, workers, stop) as team:
                run = Run(team, self.reader.offsets, self._groups, settings.group, generation, tell, stop)
                started = time.monotonic()
                finished = run.copy(live, bounds) if copies else run.fold(bounds)
                seconds = time.monotonic() - started
        if finished:
            built = replace(begun, status=GenerationStatus.BUILT, changed_at=now_ms(), until=written(bounds))
            begun = self._record(built)
        return Rebuilt(begun, dict(run.done), run.bad, seconds)

    def _committed(self, live: Generation) -> Bounds:
        """Return how far the workers of the live generation have committed the events."""
        committed = self.reader.offsets.committed(live.group(self._settings.group))
        return {at: committed.get(at, 0) for at in find_bounds(END, self.reader.offsets)}

    @contextmanager
    def _folder(self, generation: Generation) -> Iterator[Path]:
        """Yield where the generation's rows are kept, as its worker's would be: that one goes on with them."""
        if members := self._groups.members(generation.group(self._settings.group)):
            raise RebuildError(
                f"{members} workers keep generation {generation} current, and do what is left of it; stop them first"
            )
        with claim_slot(generation.folder(self._settings.state_dir)) as folder:
            if folder.name != "0":
                raise RebuildError(f"another process works at generation {generation}: it holds {folder.parent / '0'}")
            yield folder

    def _make_topics(self, generation: Generation, *, anew: bool) -> None:
        # As many partitions as the events have, whatever the settings say: a row lives in that of its source key.
        partitions = len(self.reader.offsets.partitions(BEHAVIOR.name))
        admin = TopicAdmin(self._kafka.model_copy(update={"partitions": partitions}))
        topics = [generation.of(topic) for topic in DERIVED]
        if anew:
            admin.delete(topic.name for topic in topics)
        admin.apply(admin.plan(topics))

    def _record(self, change: GenerationChange) -> GenerationChange:
        with LogProducer(self._kafka) as producer:
            self.generations.record(producer, change)
        return change
