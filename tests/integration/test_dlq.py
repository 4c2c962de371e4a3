"""Dead letters, by the command line: refused, mended, replayed; the tables hold every event once."""

import asyncio
from functools import partial
from typing import Any

import orjson
import pytest
from msgspec.structs import replace

from schemas.catalog import avro_schema
from schemas.codec import PREFIX
from schemas.records import BehaviorEvent, DeadLetterResolution, UserActivity, UserHistory
from schemas.registry import Registry
from schemas.settings import RegistrySettings
from tests.integration.conftest import Platform, settled
from tests.integration.test_bad_input import remember
from topics.catalog import BEHAVIOR, RESOLUTIONS
from topics.changelogs import USER_ACTIVITY, USER_HISTORY
from topics.headers import Origin
from topics.letters import DeadLetters, Filter
from topics.producer import LogProducer
from topics.resolving import Resolver

pytestmark = pytest.mark.integration

TENANT = "letters"
KEY = f"{TENANT}/u1".encode()
EVENT = BehaviorEvent("first", TENANT, "u1", "i1", "click", 1_700_000_000_000)
HEADERS = [("traceparent", b"00-abc"), ("empty", None), ("traceparent", b"00-def")]


def dlq(platform: Platform, *arguments: str) -> Any:
    """Run `tideline dlq` and return its JSON."""
    done = platform.tideline.run("dlq", *arguments, "--json")
    assert done.returncode == 0, done.stderr
    return orjson.loads(done.stdout.splitlines()[-1])


def register_field(platform: Platform, name: str) -> int:
    """Register the event's schema with one more text at its end, as a later version of a producer might."""
    schema = avro_schema("behavior_event")
    url = platform.tideline.environment["TIDELINE_REGISTRY_URL"]
    with Registry(RegistrySettings(url=url)) as registry:
        field = {"name": name, "type": "string", "default": "", "doc": "A text."}
        return registry.register("letters-test-value", {**schema, "fields": [*schema["fields"], field]})


async def test_a_letter_is_folded_once_when_its_cause_is_gone(platform: Platform) -> None:
    codec = platform.codecs.of(BEHAVIOR)
    next_id = register_field(platform, "one") + 1
    places: dict[str, Origin] = {}
    like = codec.encode(replace(EVENT, event_id="late", action="like"))
    unknown = PREFIX.pack(0, next_id) + like[PREFIX.size :] + b"\x00"  # the new field's text, empty
    with LogProducer(platform.kafka) as producer:
        send = partial(producer.send, BEHAVIOR.name, KEY)
        send(unknown, headers=HEADERS, on_delivery=partial(remember, places, "unknown"))
        send(b"hopeless", on_delivery=partial(remember, places, "hopeless"))
        send(codec.encode(EVENT))
    place = places["unknown"].encode().decode()

    async with platform.tideline.start("dlq-worker", "worker"):
        await settled(platform)
        assert platform.rows(USER_ACTIVITY, UserActivity, TENANT)[KEY].totals == {"click": 1}
        listed = dlq(platform, "list", "--tenant", TENANT)
        assert listed["reasons"] == {"unknown_schema": 1, "not_framed": 1}
        assert {letter["place"] for letter in listed["letters"]} == {
            each.encode().decode() for each in places.values()
        }
        assert dlq(platform, "show", place)["decoded"] is None

        assert register_field(platform, "two") == next_id
        assert dlq(platform, "show", place)["decoded"]["event_id"] == "late"
        mended = ("replay", "--tenant", TENANT, "--reason", "unknown_schema")
        assert dlq(platform, *mended) == {"count": 1, "reasons": {"unknown_schema": 1}, "replayed": 0, "failed": 0}
        assert dlq(platform, "list", "--tenant", TENANT)["count"] == 2
        assert dlq(platform, *mended, "--yes")["replayed"] == 1
        await settled(platform)
        once = state(platform)
        assert once[0].totals == {"click": 1, "like": 1}

        # As if the first replay had died between the copy and the resolution.
        again = await asyncio.to_thread(replay_again, platform, places["unknown"])
        await settled(platform)
        assert again == 1
        assert state(platform) == once
        assert dlq(platform, *mended, "--yes")["replayed"] == 0

    copies = [record for record in platform.records(BEHAVIOR) if record.value() == unknown]
    assert len(copies) == 3
    assert all(copy.key() == KEY and copy.headers() == HEADERS for copy in copies)
    assert len({copy.partition() for copy in copies}) == 1
    told = dlq(platform, "show", place)
    assert told["outcome"] == "replayed"
    assert told["copy"] in [f"{BEHAVIOR.name}/{copy.partition()}/{copy.offset()}" for copy in copies[1:]]

    assert dlq(platform, "drop", "--tenant", TENANT, "--yes") == {
        "count": 1,
        "reasons": {"not_framed": 1},
        "dropped": 1,
        "failed": 0,
    }
    assert dlq(platform, "list", "--tenant", TENANT)["count"] == 0
    resolved = dlq(platform, "list", "--tenant", TENANT, "--resolved")
    assert {letter["outcome"] for letter in resolved["letters"]} == {"replayed", "dropped"}


def state(platform: Platform) -> tuple[UserActivity, list[UserHistory]]:
    """Return what the tables say of the user."""
    history = platform.rows(USER_HISTORY, UserHistory, TENANT)
    return platform.rows(USER_ACTIVITY, UserActivity, TENANT)[KEY], [history[key] for key in sorted(history)]


def replay_again(platform: Platform, place: Origin) -> int:
    """Replay a letter that is resolved already; return how many there were."""
    letters = DeadLetters(platform.reader, platform.codecs)
    wanted = Filter((BEHAVIOR,), partition=place.partition, offset=place.offset)
    done: list[int] = []
    with LogProducer(platform.kafka) as producer:
        resolver = Resolver(producer, platform.codecs.codec_for(RESOLUTIONS.subject, DeadLetterResolution))
        assert resolver.replay(letters.find(wanted, resolved=True), done.append) == []
    return sum(done)


def test_people_read_tables_and_wrong_usage_is_told(platform: Platform) -> None:
    with LogProducer(platform.kafka) as producer:
        producer.send(BEHAVIOR.name, b"nobody", b"\x1b[2J no record")
    for wrong, message in {
        ("show", "behavior.event.v1/0/999999"): "no letter has the place",
        ("show", "somewhere"): "is not topic/partition/offset",
        ("list", "--topic", "item.table.v1"): "letters come from",
    }.items():
        done = platform.tideline.run("dlq", *wrong)
        assert done.returncode == 1
        assert message in done.stderr
    assert platform.tideline.run("dlq", "list", "--since", "yesterday").returncode == 2
    shown = platform.tideline.run("dlq", "list", "--resolved")
    assert shown.returncode == 0, shown.stderr
    assert "\x1b" not in shown.stdout
