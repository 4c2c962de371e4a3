from __future__ import annotations

import asyncio
import threading
from unittest.mock import create_autospec

import pytest

from serving.at_least.progress import Progress
from topics.catalog import ACCEPTED, BEHAVIOR, ITEM_CHANGE, USER_CHANGE
from topics.errors import BrokerUnavailableError, MissingTopicError
from topics.generation import FIRST, Generation
from topics.offsets import Lag, LogOffsets, Partition

AT = Partition(ITEM_CHANGE.name, 0)


class Broker:
    """Answers as told, the last answer for ever; a question is held until `go` is set."""

    def __init__(self, *answers: int | Exception) -> None:
        self.answers = list(answers)
        self.asked: list[tuple[str, tuple[str, ...]]] = []
        self.go = threading.Event()
        self.go.set()
        self.reached = threading.Event()
        self.offsets = create_autospec(LogOffsets, instance=True)
        self.offsets.lag.side_effect = self._lag

    def _lag(self, group: str, topics: tuple[str, ...]) -> dict[Partition, Lag]:
        self.asked.append((group, topics))
        self.reached.set()
        assert self.go.wait(10)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return {AT: Lag(answer, 100)}


def progress_of(broker: Broker, generation: Generation = FIRST, every_s: float = 0.001) -> Progress:
    return Progress(broker.offsets, "tideline", generation, every_s)


async def test_it_asks_for_the_group_and_topics_of_the_generation() -> None:
    broker, generation = Broker(1), Generation(3)
    await progress_of(broker, generation).next()
    topics = (BEHAVIOR.name, ITEM_CHANGE.name, USER_CHANGE.name, generation.name(ACCEPTED))
    assert broker.asked == [("tideline.g3", topics)]


async def test_those_who_wait_share_one_question() -> None:
    broker = Broker(1, 2, 3)
    progress = progress_of(broker)
    assert [lags[AT].committed for lags in await asyncio.gather(*(progress.next() for _ in range(50)))] == [1] * 50
    assert len(broker.asked) == 1


async def test_who_comes_while_a_question_is_out_waits_for_the_next_one() -> None:
    broker = Broker(1, 2)
    broker.go.clear()
    progress = progress_of(broker)
    first = asyncio.create_task(progress.next())
    await asyncio.to_thread(broker.reached.wait, 10)
    second = asyncio.create_task(progress.next())
    await asyncio.sleep(0.01)
    broker.go.set()
    assert ((await first)[AT].committed, (await second)[AT].committed) == (1, 2)


async def test_questions_are_asked_at_their_pace() -> None:
    broker = Broker(1, 2, 3, 4, 5)
    progress = progress_of(broker, every_s=0.05)
    begun = asyncio.get_running_loop().time()
    await progress.until({AT: 5})
    assert asyncio.get_running_loop().time() - begun >= 0.2
    assert len(broker.asked) == 5


async def test_who_gives_up_takes_the_answer_from_nobody() -> None:
    broker = Broker(1)
    broker.go.clear()
    progress = progress_of(broker)
    one, other = asyncio.create_task(progress.next()), asyncio.create_task(progress.next())
    await asyncio.sleep(0.01)
    one.cancel()
    broker.go.set()
    assert (await other)[AT].committed == 1


async def test_a_broker_that_is_away_is_waited_for() -> None:
    broker = Broker(BrokerUnavailableError("away"), 3, BrokerUnavailableError("away"), 7)
    assert (await progress_of(broker).until({AT: 7}))[AT].committed == 7
    assert len(broker.asked) == 4


async def test_what_waiting_does_not_mend_is_told() -> None:
    with pytest.raises(MissingTopicError):
        await progress_of(Broker(MissingTopicError("gone"))).until({AT: 7})
