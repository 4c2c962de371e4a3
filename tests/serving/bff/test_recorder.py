"""The recorder: off the path of the answer, counted where there is no room, whole at the end."""

import asyncio
from functools import partial
from unittest.mock import create_autospec

import pytest
from prometheus_client import CollectorRegistry

from schemas.decision_records import Decision
from schemas.loading import local_codecs
from serving.bff.recorded import Latest
from serving.bff.recorder import Recorder
from serving.metrics import Metrics
from topics.catalog import DECISIONS
from topics.errors import DeliveryError
from topics.producer import LogProducer

CODEC = local_codecs({DECISIONS.subject: DECISIONS.record}).of(DECISIONS)


def made(number: int) -> Decision:
    return Decision(f"r{number}", "t", "u", "feed", 0, 0, [], b"")


class Rig:
    """A recorder whose records a test sees."""

    def __init__(self, room: bool = True) -> None:
        self.sent: list[tuple[bytes, Decision]] = []
        self.room = room
        self.metrics = Metrics(CollectorRegistry())
        self.producer = create_autospec(LogProducer, instance=True)
        self.producer.try_send.side_effect = self._send
        self.latest = Latest(most=100)
        self.recorder = Recorder(self.producer, CODEC, self.metrics, self.latest)

    def _send(self, topic: str, key: bytes, value: bytes, **options: object) -> bool:
        assert topic == DECISIONS.name
        if self.room:
            self.sent.append((key, CODEC.decode(value)))
            report = options["on_delivery"]
            assert callable(report)
            report(None, None)
        return self.room

    def count(self, outcome: str) -> float:
        found = self.metrics.registry.get_sample_value("tideline_serving_decisions_total", {"outcome": outcome})
        return found or 0.0


async def test_all_that_was_put_is_in_the_log_at_the_end() -> None:
    rig = Rig()
    async with rig.recorder:
        for number in range(300):
            rig.recorder.put(partial(made, number))
    assert [decision.request_id for _, decision in rig.sent] == [f"r{number}" for number in range(300)]
    assert {key for key, _ in rig.sent} == {b"t/u"}
    assert rig.count("recorded") == 300
    rig.producer.close.assert_called_once()
    assert len(rig.latest) == 100
    assert rig.latest.get("t", "r299") == made(299)
    assert rig.latest.get("other", "r299") is None


async def test_an_answer_is_handed_over_before_its_record_is_made() -> None:
    rig, order = Rig(), list[str]()

    def make() -> Decision:
        order.append("made")
        return made(1)

    async def answer() -> None:
        rig.recorder.put(make)
        order.append("answered")

    async with rig.recorder:
        await answer()
        assert order == ["answered"]
        async with asyncio.timeout(10):
            while order != ["answered", "made"]:  # noqa: ASYNC110  # nothing tells of it
                await asyncio.sleep(0.001)


async def test_a_decision_that_waits_to_be_recorded_is_found() -> None:
    rig = Rig()
    async with rig.recorder:
        rig.recorder.put(partial(made, 1))
        assert rig.recorder.get("t", "r1") == made(1)
        assert rig.recorder.get("other", "r1") is None
        assert [decision.request_id for _, decision in rig.sent] == ["r1"]
    assert Recorder(rig.producer, CODEC, rig.metrics).get("t", "r1") is None


async def test_a_full_producer_is_counted() -> None:
    rig = Rig(room=False)
    async with rig.recorder:
        rig.recorder.put(lambda: made(1))
    assert (rig.count("dropped"), rig.count("recorded")) == (1, 0)


async def test_one_that_cannot_be_told_does_not_silence_the_others() -> None:
    def broken() -> Decision:
        raise ValueError("no such column")

    rig = Rig()
    async with rig.recorder:
        rig.recorder.put(broken)
        rig.recorder.put(lambda: made(2))
    assert [decision.request_id for _, decision in rig.sent] == ["r2"]
    assert rig.count("failed") == 1


async def test_what_the_broker_confirms_is_looked_for_while_it_runs() -> None:
    rig = Rig()
    async with rig.recorder, asyncio.timeout(10):
        while rig.producer.poll.call_count < 3:  # noqa: ASYNC110  # nothing tells of it
            await asyncio.sleep(0.01)


async def test_what_is_not_confirmed_in_the_end_is_told_and_fails_nothing(caplog: pytest.LogCaptureFixture) -> None:
    rig = Rig()
    rig.producer.close.side_effect = DeliveryError("not confirmed in time")
    async with rig.recorder:
        pass
    assert "not confirmed in time" in caplog.text
