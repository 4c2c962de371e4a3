"""The verifier brings a generation to a cut near the present, and leaves none behind that it made."""

from threading import Event
from typing import Any
from unittest.mock import create_autospec

import pytest

from agents.errors import GenerationError, NotFoldedError, StoppedError
from agents.rebuild.engine import Engine, Rebuilt
from agents.settings import WorkerSettings
from agents.state.refold import Log
from agents.tables import TABLES
from agents.verify import verifier
from agents.verify.tally import Tally
from agents.verify.verifier import LONG_S, ROUNDS, Verifier
from schemas.records import GenerationChange, GenerationStatus, RebuildMethod
from tests.agents.state.chronicle import CODECS, PARTITIONS
from tests.topics.logbook import reader_over
from topics.generation import FIRST, Generation
from topics.generations import Generations
from topics.groups import Groups
from topics.producer import LogProducer
from topics.settings import KafkaSettings

NEXT = GenerationChange(3, GenerationStatus.BUILDING, 1, RebuildMethod.LOG)
BUILT = GenerationChange(2, GenerationStatus.BUILT, 1, RebuildMethod.LOG)


class World:
    """A verifier whose engine, broker and comparison do nothing but note what was asked of them."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.engine: Any = create_autospec(
            Engine, instance=True, generations=create_autospec(Generations, instance=True)
        )
        self.engine.begin.return_value = NEXT
        self.engine.generations.all.return_value = {2: BUILT}
        self.seconds = [1.0]
        self.finished = True
        self.engine.run.side_effect = self.run
        self.groups: Any = create_autospec(Groups, instance=True)
        self.groups.members.return_value = 0
        self.dropped: list[Generation] = []
        self.waited: list[Generation] = []
        self.stop = Event()
        monkeypatch.setattr(verifier, "Groups", lambda kafka: self.groups)
        monkeypatch.setattr(verifier, "drop", lambda generation, *_: self.dropped.append(generation))
        monkeypatch.setattr(verifier, "wait_for", lambda offsets, generation, *_: self.waited.append(generation))
        monkeypatch.setattr(verifier, "compare_tables", lambda *_: [Tally("any", 5, rows=7)])
        live = Log(reader_over({}, PARTITIONS), CODECS, WorkerSettings())
        self.verifier = Verifier(self.engine, KafkaSettings(), live, 1, lambda what, done, total: None, self.stop)

    def run(self, change: GenerationChange, *_: Any) -> Rebuilt:
        seconds = self.seconds.pop(0) if len(self.seconds) > 1 else self.seconds[0]
        return Rebuilt(change, {}, 0, seconds) if not self.finished else self.built(change, seconds)

    def built(self, change: GenerationChange, seconds: float) -> Rebuilt:
        status = GenerationStatus.BUILT.value
        return Rebuilt(GenerationChange(change.generation, status, 2, change.method, change.until), {}, 0, seconds)


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    return World(monkeypatch)


def test_a_generation_that_was_made_for_it_is_dropped_unless_it_is_to_be_kept(world: World) -> None:
    found = world.verifier.verify_anew(TABLES, 5, keep=False)
    assert (found.built, found.live, found.equal) == (Generation(3), FIRST, True)
    assert world.dropped == [Generation(3)]
    world.verifier.verify_anew(TABLES, 5, keep=True)
    assert world.dropped == [Generation(3)]


def test_it_is_dropped_too_where_it_does_not_come_to_its_end(world: World) -> None:
    world.finished = False
    with pytest.raises(StoppedError, match="generation 3"):
        world.verifier.verify_anew(TABLES, 5, keep=False)
    assert world.dropped == [Generation(3)]


def test_a_comparison_that_is_told_to_stop_stops(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def compare(*arguments: Any) -> list[Tally]:
        world.stop.set()
        arguments[-1]("comparing", 1000, 0)
        return []

    monkeypatch.setattr(verifier, "compare_tables", compare)
    with pytest.raises(StoppedError, match="while comparing"):
        world.verifier.verify_anew(TABLES, 5, keep=False)
    assert world.dropped == [Generation(3)]


def test_nothing_is_begun_where_no_worker_keeps_the_live_tables(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def give_up(*_: Any) -> None:
        raise NotFoldedError("no workers")

    monkeypatch.setattr(verifier, "wait_for", give_up)
    with pytest.raises(NotFoldedError):
        world.verifier.verify_anew(TABLES, 5, keep=False)
    world.engine.begin.assert_not_called()


@pytest.mark.parametrize(("seconds", "runs"), [([1.0], 1), ([LONG_S, 1.0], 2), ([LONG_S], ROUNDS)])
def test_what_came_during_a_long_rebuild_is_rebuilt_too(world: World, seconds: list[float], runs: int) -> None:
    world.seconds = seconds
    world.verifier.verify_anew(TABLES, 5, keep=False)
    assert world.engine.run.call_count == runs


def test_workers_of_the_other_generation_bring_it_to_the_cut(world: World) -> None:
    world.groups.members.return_value = 2
    world.verifier.verify(Generation(2), TABLES, 5)
    world.engine.run.assert_not_called()
    assert world.waited == [FIRST, Generation(2)]
    assert world.dropped == []


def test_a_copy_goes_on_by_folding_and_is_still_told_of_as_a_copy(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verifier, "LogProducer", create_autospec(LogProducer))
    copied = GenerationChange(2, GenerationStatus.BUILT, 1, RebuildMethod.CHANGELOG)
    world.engine.generations.all.return_value = {2: copied}
    world.verifier.verify(Generation(2), TABLES, 5)
    assert world.engine.run.call_args.args[0].method == RebuildMethod.LOG
    recorded = world.engine.generations.record.call_args.args[1]
    assert (recorded.method, recorded.status) == (RebuildMethod.CHANGELOG, GenerationStatus.BUILT)


def test_one_that_is_being_built_is_finished_first(world: World) -> None:
    world.engine.generations.all.return_value = {3: NEXT}
    world.verifier.verify(Generation(3), TABLES, 5)
    assert [call.args[0].until == NEXT.until for call in world.engine.run.call_args_list] == [True, False]


@pytest.mark.parametrize(("number", "why"), [(0, "serves"), (1, "no generation 1"), (4, "no generation 4")])
def test_one_that_cannot_be_compared_with_is_refused(world: World, number: int, why: str) -> None:
    world.engine.generations.all.return_value = {1: GenerationChange(1, GenerationStatus.DROPPED, 1)}
    with pytest.raises(GenerationError, match=why):
        world.verifier.verify(Generation(number), TABLES, 5)
