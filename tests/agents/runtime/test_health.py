"""Health: a worker that is well says nothing; one that is not says what is wrong."""

import urllib.error
import urllib.request

import orjson
import pytest

from agents.errors import PortTakenError
from agents.runtime import metrics
from agents.runtime.endpoint import endpoint
from agents.runtime.health import Health, Standing, Totals

WELL = Standing("t/0", lag=900, uncommitted=5, progress_age_s=0.2, commit_age_s=1.0)


@pytest.fixture
def health() -> Health:
    return Health(slow_after_s=60, letter_share=0.1)


def take(health: Health, *standings: Standing, totals: Totals | None = None) -> tuple[str, ...]:
    health.take(standings, totals or Totals(0, 0, 0, 0))
    return health.problems


def test_it_is_not_well_before_it_has_begun(health: Health) -> None:
    assert health.problems
    assert not take(health, WELL)


def test_a_partition_that_stands_still_is_told(health: Health) -> None:
    assert take(health, WELL, WELL._replace(place="t/1", progress_age_s=61)) == (
        "900 records wait in t/1, none was done for 61 s",
    )
    assert take(health, WELL._replace(progress_age_s=61, waits_for="the registry"))[0].endswith(
        "waits for the registry"
    )
    assert take(health, WELL._replace(commit_age_s=61)) == (
        "5 records of t/0 are done, nothing was committed for 61 s",
    )


def test_many_dead_letters_are_told_until_they_are_a_minute_old(health: Health) -> None:
    take(health, totals=Totals(0, 1000, 500, 0))  # before our time
    assert not take(health, totals=Totals(1, 1200, 520, 0))  # 20 of 220
    [problem] = take(health, totals=Totals(2, 1200, 530, 0))  # 30 of 230
    assert problem.startswith("30 of the last minute's 230 records became dead letters")
    assert not take(health, totals=Totals(63, 1200, 530, 0))


def test_a_few_dead_letters_say_nothing(health: Health) -> None:
    take(health, totals=Totals(0, 0, 0, 0))
    assert not take(health, totals=Totals(1, 0, 10, 0))


def test_what_the_broker_refused_is_told(health: Health) -> None:
    take(health, totals=Totals(0, 0, 0, 1))
    assert take(health, totals=Totals(1, 0, 0, 3)) == ("the broker did not take 2 records in the last minute",)


def test_all_labels_are_counted() -> None:
    before = Totals.counted(1)
    metrics.DEAD_LETTERS.labels("a", "x").inc()
    metrics.DEAD_LETTERS.labels("b", "y").inc(2)
    metrics.SEND_ERRORS.labels("a").inc()
    after = Totals.counted(2)
    assert (after.letters - before.letters, after.send_errors - before.send_errors) == (3, 1)
    assert (after.at, after.events) == (2, before.events)


def ask(port: int, path: str) -> tuple[int, bytes]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}") as answer:  # our own
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def test_the_endpoint_tells_health_and_metrics(health: Health) -> None:
    with endpoint(0, health) as port:
        status, body = ask(port, "/health")
        assert (status, orjson.loads(body)) == (503, {"healthy": False, "problems": list(health.problems)})
        take(health, WELL)
        assert ask(port, "/health") == (200, b'{"healthy":true,"problems":[]}')
        status, body = ask(port, "/metrics")
        assert status == 200
        assert b"tideline_worker_healthy 1.0" in body
        with pytest.raises(PortTakenError, match=f":{port}"), endpoint(port, health):
            pass
