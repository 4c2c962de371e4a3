"""The client of the benchmark asks as it is told, and counts what it meets."""

from deploy.bench.requests import Measured, Plan, ask
from tests.serving.fakes import TENANT, FailingChannel, FixedChannel, FixedWorld, catalogue_of
from tests.serving.serving import MemoryProducer, served


async def test_all_is_asked_for_and_acted_on() -> None:
    producer = MemoryProducer()
    async with served(
        FixedWorld(catalogue_of([True] * 30)), {"hot": FixedChannel("hot", [1, 2])}, producer
    ) as running:
        target = f"127.0.0.1:{running.server.port}"
        found = await ask(Plan(target, TENANT, "feed", ["a", "b", "c"], 2, 60, requests=50, acting=True))
    assert (found.requests, found.degraded, found.short) == (50, 0, 0)
    assert found.failed < 25, "only what is late by the present, which is long after that server's"
    assert found.p99_ms >= found.p50_ms > 0
    assert 15 < len(producer.sent) < 50, "most lists are acted on"
    assert {event.user_id for event in producer.sent} == {"a", "b", "c"}
    assert all(event.request_id and event.position is not None for event in producer.sent)


async def test_what_is_missing_or_refused_is_counted() -> None:
    async with served(FixedWorld(catalogue_of([True] * 3)), {"tag": FailingChannel("tag")}) as running:
        target = f"127.0.0.1:{running.server.port}"
        lacking = await ask(Plan(target, TENANT, "feed", ["a"], 1, 60, requests=4))
        refused = await ask(Plan(target, "stranger", "feed", ["a"], 1, 60, requests=4))
    assert (lacking.degraded, lacking.short, lacking.failed, lacking.refreshed) == (4, 4, 0, 0)
    assert (refused.requests, refused.failed) == (4, 4)


def test_nothing_answered_has_no_times() -> None:
    assert Measured.of([], 1.0, 3, 3, 0, 0) == Measured(0.0, 0.0, 0.0, 3, 3, 0, 0)


def test_the_times_of_one_measurement_stand_with_the_rate_of_another() -> None:
    one, many = Measured(1.0, 2.0, 100.0, 10, 1, 2, 3, 4), Measured(5.0, 6.0, 700.0, 20, 1, 1, 1, 1)
    assert one.at_the_rate_of(many) == Measured(1.0, 2.0, 700.0, 30, 2, 3, 4, 5)
