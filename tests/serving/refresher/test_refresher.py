"""The refresher between a group, a recommender and the log: what is committed was answered, and written."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final
from unittest.mock import create_autospec

import grpc
import pytest
from tenacity import wait_random_exponential

from schemas.list_records import RefreshedList
from schemas.loading import local_codecs
from schemas.records import BehaviorEvent
from schemas.tenancy import TenantKey, split_chunk_key
from serving.api.recommender.v1 import recommendation_pb2 as pb
from serving.credentials import Metadata
from serving.refresher import refresher as module
from serving.refresher.client import Recommender
from serving.refresher.making import list_of
from serving.refresher.refresher import Refresher
from serving.refresher.settings import TELLING
from serving.refresher.source import Record, Taken
from serving.refresher.triggers import Telling
from topics.catalog import BEHAVIOR, REFRESHED
from topics.changelogs import USER_ACTIVITY
from topics.errors import BrokerUnavailableError, DeliveryError
from topics.partitioning import partition_of
from topics.producer import LogProducer
from topics.rows import RowDecoder

CODECS: Final = local_codecs({topic.subject: topic.record for topic in (BEHAVIOR, REFRESHED)})
PARTITIONS: Final = 4
NOT_YET: Final = grpc.StatusCode.UNAVAILABLE


def refusal(code: grpc.StatusCode) -> grpc.aio.AioRpcError:
    return grpc.aio.AioRpcError(code, grpc.aio.Metadata(), grpc.aio.Metadata())


def answer(**fields: Any) -> pb.RecommendResponse:
    item = pb.RecommendedItem(
        item_id="i", score=0.5, channels=[pb.ChannelScore(channel="als", score=2)], reason="near"
    )
    rows = [pb.FoldedRow(topic=USER_ACTIVITY.name, applied={0: 7})]
    return pb.RecommendResponse(**{"items": [item], "request_id": "r", "as_of_ms": 5, "rows": rows, **fields})


@dataclass
class Stub:
    """A recommender: raises or returns what it was told to, then whole answers."""

    told: list[Any] = field(default_factory=list)
    asked: list[pb.RecommendRequest] = field(default_factory=list)
    shown: list[Metadata] = field(default_factory=list)
    held: asyncio.Event | None = None

    async def Recommend(  # as gRPC has it
        self,
        request: pb.RecommendRequest,
        timeout: float,  # noqa: ASYNC109
        metadata: Metadata,
    ) -> pb.RecommendResponse:
        self.asked.append(request)
        self.shown.append(metadata)
        if self.held is not None:
            await self.held.wait()
        found = self.told.pop(0) if self.told else answer()
        if isinstance(found, Exception):
            raise found
        return found


@dataclass
class MemorySource:
    """Gives what it was told, then nothing; keeps what is committed."""

    taken: list[Taken] = field(default_factory=list)
    committed: dict[int, int] = field(default_factory=dict)
    error: Exception | None = None

    def take(self) -> Taken:
        return self.taken.pop(0) if self.taken else Taken([], [])

    def commit(self, done: dict[int, int]) -> None:
        if self.error is not None:
            raise self.error
        self.committed |= done


@dataclass
class Rig:
    refresher: Refresher
    source: MemorySource
    stub: Stub
    producer: Any
    stop: asyncio.Event = field(default_factory=asyncio.Event)

    def written(self) -> dict[tuple[str, str, str], RefreshedList]:
        found = {}
        for call in self.producer.send.call_args_list:
            topic, key, value = call.args
            owner, scenario = split_chunk_key(key)
            assert (topic, call.kwargs) == (REFRESHED.name, {"partition": partition_of(owner, PARTITIONS)})
            found[(*TenantKey.decode(owner), scenario)] = CODECS.of(REFRESHED).decode(value)
        return found


def record(offset: int, user: str = "u", action: str = "like", tenant: str = "t", **fields: Any) -> Record:
    event = BehaviorEvent(f"e{offset}", tenant, user, "item", action, 1000, **{"scenario": "home", **fields})
    return Record(0, offset, TenantKey(tenant, user).encode(), CODECS.of(BEHAVIOR).encode(event))


@asynccontextmanager
async def running(
    monkeypatch: pytest.MonkeyPatch, *taken: Taken, stub: Stub | None = None, **settings: Any
) -> AsyncIterator[Rig]:
    monkeypatch.setattr(module, "_COMMIT_S", 0.01)
    source, answers = MemorySource(list(taken)), stub or Stub()
    producer = create_autospec(LogProducer, instance=True)
    given: dict[str, Any] = {"count": 10, "coalesce_s": 0.05, "waiting": 100, "drain_s": 5.0, "scenarios": []}
    pause = wait_random_exponential(multiplier=0.001, max=0.01)
    refresher = Refresher(
        source=source,
        decoder=RowDecoder(CODECS.of(BEHAVIOR), CODECS.fetch),
        telling=Telling(TELLING, 0, 1800, 100),
        recommender=Recommender(answers, asyncio.Semaphore(2), 1.0, settings.pop("patience_s", 5.0), pause=pause),
        producer=producer,
        codec=CODECS.of(REFRESHED),
        partitions=PARTITIONS,
        **{**given, **settings},
    )
    rig = Rig(refresher, source, answers, producer)
    task = asyncio.create_task(refresher.run(rig.stop))
    try:
        yield rig
    finally:
        rig.stop.set()
        await task


async def until(holds: Any) -> None:
    for _ in range(1000):
        if holds():
            return
        await asyncio.sleep(0.005)
    pytest.fail("it did not come to pass")


def batch(*records: Record, lost: Sequence[int] = ()) -> Taken:
    return Taken(list(records), list(lost))


async def test_ten_events_make_one_list_that_knows_the_last(monkeypatch: pytest.MonkeyPatch) -> None:
    async with running(monkeypatch, batch(*map(record, range(10)))) as rig:
        await until(lambda: rig.source.committed == {0: 10})
    (asked,) = rig.stub.asked
    assert (asked.tenant_id, asked.user_id, asked.scenario_id, asked.count) == ("t", "u", "home", 10)
    assert asked.ahead
    assert (asked.at_least[0].topic, asked.at_least[0].partition, asked.at_least[0].offset) == (BEHAVIOR.name, 0, 9)
    assert rig.written() == {("t", "u", "home"): list_of(answer())}
    rig.producer.flush.assert_called()


async def test_users_tenants_and_scenarios_have_lists_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    events = (record(0), record(1, user="v"), record(2, tenant="other"), record(3, scenario="default"))
    async with running(monkeypatch, batch(*events)) as rig:
        await until(lambda: len(rig.written()) == 4)
    assert set(rig.written()) == {
        ("t", "u", "home"),
        ("t", "v", "home"),
        ("other", "u", "home"),
        ("t", "u", "default"),
    }


async def test_named_scenarios_are_refreshed_instead_of_the_events(monkeypatch: pytest.MonkeyPatch) -> None:
    async with running(monkeypatch, batch(record(0)), scenarios=["a", "b"]) as rig:
        await until(lambda: len(rig.written()) == 2)
    assert {scenario for _, _, scenario in rig.written()} == {"a", "b"}


async def test_what_does_not_tell_or_no_worker_folds_has_no_list_made(monkeypatch: pytest.MonkeyPatch) -> None:
    foreign = record(2)._replace(key=TenantKey("other", "u").encode())
    broken = Record(0, 3, b"t/u", b"?")
    invalid = record(4, tags=["x" * 1000])
    events = (record(0, action="view"), record(1, action="impression"), foreign, broken, invalid)
    async with running(monkeypatch, batch(*events)) as rig:
        await until(lambda: rig.source.committed == {0: 5})
    assert (rig.stub.asked, rig.written()) == ([], {})


async def test_a_state_that_is_behind_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    stub = Stub([refusal(NOT_YET), refusal(grpc.StatusCode.RESOURCE_EXHAUSTED), answer(degraded=True)])
    async with running(monkeypatch, batch(record(0)), stub=stub) as rig:
        await until(lambda: rig.source.committed == {0: 1})
    assert len(stub.asked) == 4
    assert len(rig.written()) == 1


@pytest.mark.parametrize("code", [NOT_YET, grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.NOT_FOUND])
async def test_what_cannot_be_made_is_given_up_and_holds_up_nobody(
    monkeypatch: pytest.MonkeyPatch, code: grpc.StatusCode
) -> None:
    stub = Stub([refusal(code)] * 10_000)
    async with running(monkeypatch, batch(record(0)), stub=stub, patience_s=0.1) as rig:
        await until(lambda: rig.source.committed == {0: 1})
    assert rig.written() == {}
    assert (len(stub.asked) > 1) == (code is NOT_YET)


async def test_a_list_that_lacks_something_each_time_is_given_up_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    stub = Stub([answer(degraded=True)] * 100)
    async with running(monkeypatch, batch(record(0)), stub=stub) as rig:
        await until(lambda: rig.source.committed == {0: 1})
    assert rig.written() == {}
    assert 1 < len(stub.asked) < 10


async def test_an_event_during_the_making_has_another_made(monkeypatch: pytest.MonkeyPatch) -> None:
    stub = Stub(held=asyncio.Event())
    async with running(monkeypatch, batch(record(0)), stub=stub, coalesce_s=0.0) as rig:
        await until(lambda: stub.asked)
        rig.source.taken.append(batch(record(1), record(2)))
        await until(lambda: len(rig.refresher.pending) == 2)
        await asyncio.sleep(0.05)
        assert len(stub.asked) == 1, "two of one user at once"
        assert rig.source.committed == {0: 0}
        assert stub.held is not None
        stub.held.set()
        await until(lambda: rig.source.committed == {0: 3})
    assert [asked.at_least[0].offset for asked in stub.asked] == [0, 2]


async def test_a_stop_lets_what_is_under_way_be_made_and_commits_it(monkeypatch: pytest.MonkeyPatch) -> None:
    async with running(monkeypatch, batch(record(0)), coalesce_s=0.2) as rig:
        await until(lambda: len(rig.refresher.pending) == 1)
    assert len(rig.written()) == 1
    assert rig.source.committed == {0: 1}


async def test_what_a_stop_cuts_off_is_not_committed(monkeypatch: pytest.MonkeyPatch) -> None:
    stub = Stub(held=asyncio.Event())
    async with running(monkeypatch, batch(record(0, action="view"), record(1)), stub=stub, drain_s=0.05) as rig:
        await until(lambda: stub.asked)
    assert rig.source.committed == {0: 1}
    assert rig.written() == {}


async def test_a_lost_partition_is_not_committed_any_more(monkeypatch: pytest.MonkeyPatch) -> None:
    stub = Stub(held=asyncio.Event())
    async with running(monkeypatch, batch(record(0)), stub=stub, drain_s=0.05) as rig:
        await until(lambda: rig.source.committed == {0: 0})
        rig.source.taken.append(batch(lost=[0]))
        await until(lambda: not len(rig.refresher.pending))
        rig.source.committed.clear()
    assert rig.source.committed == {}


async def test_with_too_many_waiting_the_log_is_not_read_on(monkeypatch: pytest.MonkeyPatch) -> None:
    stub = Stub(held=asyncio.Event())
    first, second = batch(record(0), record(1, user="v")), batch(record(2, user="w"))
    async with running(monkeypatch, first, second, stub=stub, waiting=2, drain_s=0.05) as rig:
        await until(lambda: len(stub.asked) == 2)
        await asyncio.sleep(0.2)
        assert rig.source.taken == [second]


async def test_a_broker_that_is_away_delays_the_commit_and_one_that_refuses_ends_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with running(monkeypatch, batch(record(0))) as rig:
        rig.source.error = BrokerUnavailableError("away")
        await until(lambda: rig.written())
        await asyncio.sleep(0.05)
        rig.source.error = None
        await until(lambda: rig.source.committed == {0: 1})


async def test_a_list_that_the_broker_does_not_take_ends_it_uncommitted(monkeypatch: pytest.MonkeyPatch) -> None:
    async def refused(rig: Rig) -> None:
        rig.producer.flush.side_effect = DeliveryError("no")
        await until(lambda: rig.producer.flush.called)
        assert rig.source.committed == {}

    with pytest.raises(DeliveryError):  # the end of the block is what raises
        async with running(monkeypatch, batch(record(0))) as rig:
            await refused(rig)
