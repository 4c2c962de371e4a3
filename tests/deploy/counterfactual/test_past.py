"""The past as the log has it: the tenant's own, of the time asked for, and what was made ahead once it was shown."""

from typing import Any

from confluent_kafka import Message

from deploy.counterfactual.past import SUBJECTS, catalogue_of, decisions_of
from schemas.decision_records import Decision, RowRead
from schemas.loading import local_codecs
from schemas.records import Item, Record, Status
from schemas.tenancy import TenantKey
from tests.topics.logbook import message, reader_over
from topics.catalog import DECISIONS
from topics.changelogs import ITEM
from topics.offsets import Partition
from topics.topic import Topic

CODECS = local_codecs(SUBJECTS)
DAY_MS = 86_400_000
NOW = 100 * DAY_MS


def records(topic: Topic, *written: tuple[str, str, Record | None, int]) -> dict[Partition, list[Message]]:
    """Return the only partition of the topic: tenant, id, record and stamp of each."""
    at, codec = Partition(topic.name, 0), CODECS.of(topic)
    return {
        at: [
            message(
                at,
                offset,
                TenantKey(tenant, identity).encode(),
                None if record is None else codec.encode(record),
                timestamp=stamped,
            )
            for offset, (tenant, identity, record, stamped) in enumerate(written)
        ]
    }


def test_the_catalogue_is_the_tenants_as_it_is_now() -> None:
    shown, hidden = Item(title="old", status=Status.ACTIVE), Item(title="new", status=Status.HIDDEN)
    log = records(
        ITEM,
        ("t", "a", shown, 0),
        ("other", "z", shown, 0),
        ("t", "b", shown, 0),
        ("t", "a", hidden, 0),
        ("t", "b", None, 0),
        ("tt", "y", shown, 0),
    )
    catalogue = catalogue_of(reader_over(log), CODECS, "t")
    assert sorted(catalogue.ids) == ["a", "b"]
    assert catalogue.titles[catalogue.numbers["a"]] == "new"
    assert not catalogue.active.any()


def decision(request: str, served_at: int, tenant: str = "t", **more: Any) -> tuple[str, str, Decision, int]:
    made = Decision(request, tenant, "u", "home", served_at, served_at, ["a"], b"", **more)
    return tenant, "u", made, served_at + 1


def test_decisions_are_those_of_the_time_and_of_what_was_shown() -> None:
    answered: dict[str, Any] = {"source": "refreshed", "read": [RowRead("refreshed", "u", "made")]}
    log = records(
        DECISIONS,
        decision("long ago", NOW - 3 * DAY_MS),
        decision("made", NOW - DAY_MS // 2, source="ahead", candidates=["a", "b"]),
        decision("before", NOW - 1),
        decision("first", NOW),
        decision("theirs", NOW, tenant="other"),
        decision("answered", NOW + 5, **answered),
        decision("after", NOW + 10),
        decision("much later", NOW + DAY_MS),
    )
    told: list[tuple[int, int]] = []
    found = list(
        decisions_of(reader_over(log), CODECS, "t", NOW, NOW + 10, lambda done, total: told.append((done, total)))
    )
    assert [each.request_id for each in found] == ["first", "answered"]
    assert found[1].candidates == ["a", "b"], "with all that its making told"
    assert told[-1] == (6, 6)
