"""Offsets, asked through a client that remembers a leader which is none any more, and by threads that share one."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from typing import Any

import pytest
from confluent_kafka import KafkaError, KafkaException, TopicCollection, TopicPartition, Uuid
from confluent_kafka.admin import ListOffsetsResultInfo, TopicDescription

import topics.offsets
from topics.errors import BrokerUnavailableError
from topics.offsets import LogOffsets, Partition
from topics.settings import KafkaSettings

AT = Partition("behavior.event.v1", 0)


class Pending(Future[Any]):
    """An answer that is awaited while another thread has the client exchanged; one that is collected gives none."""

    during: Callable[[], object] = staticmethod(lambda: None)

    def __init__(self, client: weakref.ref[Admin]) -> None:
        super().__init__()
        self._client = client

    def result(self, timeout: float | None = None) -> Any:
        Pending.during()
        if self._client() is None:
            raise KafkaException(KafkaError(KafkaError._DESTROY))
        return TopicDescription("behavior.event.v1", Uuid(1, 2), False, [])


class Admin:
    """The first client made remembers the leader of before; any later one asks anew."""

    made = 0
    error = KafkaError.FENCED_LEADER_EPOCH

    def __init__(self, config: Mapping[str, Any]) -> None:
        Admin.made += 1
        self._remembers = Admin.made == 1

    def describe_topics(self, topics: TopicCollection, request_timeout: float) -> dict[str, Future[Any]]:
        return {"behavior.event.v1": Pending(weakref.ref(self))}

    def list_offsets(self, asked: Mapping[TopicPartition, Any], request_timeout: float) -> dict[Any, Future[Any]]:
        answer: Future[Any] = Future()
        if self._remembers:
            answer.set_exception(KafkaException(KafkaError(Admin.error)))
        else:
            answer.set_result(ListOffsetsResultInfo(17, -1, 3))
        return dict.fromkeys(asked, answer)


@pytest.fixture
def offsets(monkeypatch: pytest.MonkeyPatch) -> LogOffsets:
    monkeypatch.setattr(topics.offsets, "AdminClient", Admin)
    monkeypatch.setattr(Admin, "made", 0)
    return LogOffsets(KafkaSettings())


def test_a_client_that_remembers_another_leader_is_exchanged(offsets: LogOffsets) -> None:
    with pytest.raises(BrokerUnavailableError, match="list offsets"):
        offsets.end([AT])
    assert offsets.end([AT]) == {AT: 17}


def test_one_whose_broker_is_merely_away_is_kept(offsets: LogOffsets, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Admin, "error", KafkaError._TRANSPORT)
    for _ in range(2):
        with pytest.raises(BrokerUnavailableError):
            offsets.end([AT])
    assert Admin.made == 1


def test_a_client_is_kept_for_whoever_waits_for_its_answer(
    offsets: LogOffsets, monkeypatch: pytest.MonkeyPatch
) -> None:
    def exchanged() -> None:
        with pytest.raises(BrokerUnavailableError):
            offsets.end([AT])

    monkeypatch.setattr(Pending, "during", staticmethod(exchanged))
    assert offsets.topic_id(AT.topic)
    assert Admin.made == 2
