"""Verifier: another generation brought to where the live one is, and the tables of both compared there."""

from collections.abc import Sequence
from dataclasses import dataclass
from threading import Event
from typing import Any, Final

from msgspec.structs import replace

from agents.errors import GenerationError, StoppedError
from agents.rebuild.bounds import Bounds, written
from agents.rebuild.dropping import drop
from agents.rebuild.engine import Engine, Rebuilt
from agents.rebuild.run import Progress
from agents.rebuild.standing import change_of
from agents.state.refold import Log
from agents.tables import Table
from agents.verify.cut import Cut, Tell, wait_for
from agents.verify.tables import compare_tables
from agents.verify.tally import Tally
from schemas.records import GenerationChange, GenerationStatus, RebuildMethod
from topics.generation import FIRST, Generation
from topics.groups import Groups
from topics.producer import LogProducer
from topics.settings import KafkaSettings

LONG_S: Final = 20.0
"""A rebuild that took longer is followed by another, of what came meanwhile: else the live rows have gone far past the
cut, and the rest of the log would be read again and again to bring the others up to them."""

ROUNDS: Final = 4
"""How often that is done at most: where events come faster than they are folded, it never gets short."""


@dataclass(frozen=True, slots=True)
class Verified:
    """What a comparison has come to."""

    built: Generation
    live: Generation
    until: Bounds
    """What both have folded at least: first offset past it, of every partition of the event topics."""

    tallies: Sequence[Tally]

    @property
    def equal(self) -> bool:
        """Whether every row of every table is equal."""
        return all(tally.same for tally in self.tallies)


class Verifier:
    """Blocks, and raises StoppedError soon after `stop` is set."""

    def __init__(self, engine: Engine, kafka: KafkaSettings, live: Log, workers: int, tell: Tell, stop: Event) -> None:
        """Take the log of the generation that serves, and how many processes rebuild the other."""
        self._engine = engine
        self._kafka = kafka
        self._live = live
        self._workers = workers
        self._progress = tell
        self._stop = stop

    def verify_anew(self, tables: Sequence[Table[Any]], limit: int, *, keep: bool) -> Verified:
        """Rebuild into a new generation, compare, and drop it unless it is to be kept.

        Args:
            tables: those that are compared; all are rebuilt.
            limit: how many differences of each table are kept.
            keep: whether to leave the generation.

        Raises:
            NotFoldedError, RebuildError: the tables did not come to where they can be compared.
            StoppedError: `stop` was set.
            TopicsError: the broker does not do its part.
        """
        cut = self._cut()  # first, so that nothing is begun that could not come to its end, perhaps hours later
        change = self._engine.begin()
        try:
            return self._compare(change, self._bring(change, cut), tables, limit)
        finally:
            if not keep:
                settings = self._live.settings
                drop(Generation(change.generation), self._engine.generations, self._kafka, settings)

    def verify(self, generation: Generation, tables: Sequence[Table[Any]], limit: int) -> Verified:
        """Bring a generation to where the live one is, by its workers where it has any, and compare.

        Raises what `verify_anew` raises, and GenerationError if there is no such generation or if it is the live one.
        """
        change = change_of(generation, self._engine.generations)
        if generation == self._live.generation:
            raise GenerationError(f"generation {generation} is the one that serves; it is compared with another")
        if change.status == GenerationStatus.BUILDING and not self._has_workers(generation):
            change = self._run(change).change
        cut = self._cut(generation)
        if generation == FIRST or self._has_workers(generation):
            self._wait(generation, cut)
        else:
            cut = self._bring(change, cut)
        return self._compare(change, cut, tables, limit)

    def _cut(self, *others: Generation) -> Cut:
        """Cut the log of the live generation and of others, and return when the live one has come to the cut."""
        live = self._live.generation
        cut = Cut.now(self._live.reader.offsets, [live, *others])
        self._wait(live, cut)
        return cut

    def _bring(self, change: GenerationChange, cut: Cut) -> Cut:
        """Bring a generation that no worker keeps to the cut, or to a later one; return that."""
        rounds = 1
        while self._run_to(cut, change).seconds >= LONG_S and rounds < ROUNDS:
            cut = self._cut(Generation(change.generation))
            rounds += 1
        return cut

    def _run_to(self, cut: Cut, change: GenerationChange) -> Rebuilt:
        """Go on with a generation by folding, whatever it was begun with."""
        rebuilt = self._run(replace(change, method=RebuildMethod.LOG.value, until=written(cut.until)))
        if change.method != RebuildMethod.LOG:
            with LogProducer(self._kafka) as producer:
                self._engine.generations.record(producer, replace(rebuilt.change, method=change.method))
        return rebuilt

    def _run(self, change: GenerationChange) -> Rebuilt:
        rebuilt = self._engine.run(change, self._workers, self._rebuilding, self._stop)
        if not rebuilt.finished:
            raise StoppedError(f"stopped while generation {change.generation} was being built")
        return rebuilt

    def _compare(self, change: GenerationChange, cut: Cut, tables: Sequence[Table[Any]], limit: int) -> Verified:
        built = self._live.at(Generation(change.generation))
        tallies = compare_tables(tables, built, self._live, cut, limit, self._tell)
        return Verified(built.generation, self._live.generation, cut.until, tallies)

    def _wait(self, generation: Generation, cut: Cut) -> None:
        wait_for(self._live.reader.offsets, generation, self._live.settings.group, cut, self._tell)

    def _has_workers(self, generation: Generation) -> bool:
        return Groups(self._kafka).members(generation.group(self._live.settings.group)) > 0

    def _rebuilding(self, progress: Progress) -> None:
        self._progress(f"rebuilding: {progress.stage}", progress.done, progress.total)

    def _tell(self, what: str, done: int, total: int) -> None:
        if self._stop.is_set():
            raise StoppedError(f"stopped while {what}")
        self._progress(what, done, total)
