"""Explain over real gRPC: what it says, of whose decisions, and every refusal."""

from __future__ import annotations

import asyncio
from typing import Any
from unittest.mock import create_autospec

import grpc
import numpy as np
import pytest
from uuid_utils import uuid7

from schemas.decision_records import Decision, RowRead
from schemas.loading import local_codecs
from schemas.packing import pack_floats, pack_places
from schemas.tenancy import TenantKey
from schemas.validation import MAX_REQUEST_ID
from serving.api.recommender.v1.explanation_pb2 import ExplainRequest, ExplainResponse
from serving.bff.recorded import Latest, RecordedDecisions
from tests.serving.fakes import TENANT, FixedWorld, catalogue_of
from tests.serving.serving import MemoryDecisions, refusal_of, served
from tests.topics.logbook import message, reader_over
from topics.catalog import DECISIONS
from topics.errors import BrokerUnavailableError
from topics.moments import now_ms
from topics.offsets import LogOffsets, Partition
from topics.reader import LogReader

CODEC = local_codecs({DECISIONS.subject: DECISIONS.record}).of(DECISIONS)
WORLD = FixedWorld(catalogue_of([True]))


def column(*numbers: float) -> bytes:
    return pack_floats(np.array(numbers, np.float32))


def decision(**changes: Any) -> Decision:
    """Return a list of b and a; the rule put b, which the ranker had second, first."""
    given: dict[str, Any] = {
        "items": ["b", "a"],
        "scores": column(0.5, 0.9),
        "ranker": "deepfm",
        "model_version": "v1",
        "candidates": ["a", "b", "c"],
        "fused": column(3, 2, 1),
        "channels": ["als"],
        "proposed": column(3, 2, 1),
        "features": ["hour"],
        "values": column(1, 2),
        "ranked": column(0.9, 0.5, 0.1),
        "removed": ["e"],
        "removed_by": ["seen"],
        "order_by": ["diversity"],
        "order": pack_places(np.array([1, 0, 2])),
        **changes,
    }
    return Decision("r1", TENANT, "u", "home", 11, 12, **given)


REFRESHED = Decision(
    "asked",
    TENANT,
    "u",
    "home",
    21,
    22,
    ["b"],
    column(0.5),
    read=[RowRead("refreshed", "u", "r1")],
    source="refreshed",
)


async def explain(recorded: MemoryDecisions, **fields: Any) -> ExplainResponse:
    async with served(WORLD, recorded=recorded) as running:
        request = ExplainRequest(**{"tenant_id": TENANT, "request_id": "r1", **fields})
        answer: ExplainResponse = await running.recommend.Explain(request, timeout=5)
    return answer


async def test_every_item_shown_is_explained() -> None:
    answer = await explain(MemoryDecisions([decision()]))
    assert (answer.request_id, answer.user_id, answer.scenario_id, answer.as_of_ms) == ("r1", "u", "home", 11)
    assert (answer.ranker, answer.model_version, answer.candidates) == ("deepfm", "v1", 3)
    first, second = answer.items
    assert (first.item_id, first.fate, first.position, first.rank, first.merged_rank) == ("b", "shown", 1, 2, 2)
    assert [(rule.rule, rule.before, rule.after) for rule in first.rules] == [("diversity", 2, 1)]
    assert [(rule.before, rule.after) for rule in second.rules] == [(1, 2)]
    assert [(by.channel, by.score, by.rank) for by in first.channels] == [("als", 2.0, 2)]
    assert dict(first.features) == {"hour": 1.0}


async def test_items_asked_for_are_explained_in_their_order() -> None:
    answer = await explain(MemoryDecisions([decision()]), item_ids=["e", "nowhere", "c"])
    assert [item.fate for item in answer.items] == ["removed", "not recalled", "below"]
    assert answer.items[0].removed_by == "seen"
    assert not answer.items[1].HasField("rank")


async def test_an_answer_from_a_list_made_ahead_is_explained_by_its_making() -> None:
    answer = await explain(MemoryDecisions([decision(source="ahead"), REFRESHED]), request_id="asked")
    (item,) = answer.items
    assert (answer.request_id, answer.source, answer.made_by, answer.as_of_ms) == ("asked", "refreshed", "r1", 21)
    assert (item.item_id, item.position, item.rank, dict(item.features)) == ("b", 1, 2, {"hour": 1.0})


async def test_what_was_taken_out_of_a_list_since_is_told() -> None:
    shown = Decision(**{**{f: getattr(REFRESHED, f) for f in REFRESHED.__struct_fields__}, "items": ["a"]})
    answer = await explain(MemoryDecisions([decision(), shown]), request_id="asked", item_ids=["b", "a", "c"])
    assert [item.fate for item in answer.items] == ["removed", "shown", "below"]
    assert "since the list was made" in answer.items[0].told
    assert dict(answer.items[1].features) == {"hour": 2.0}


async def test_where_the_making_is_not_found_the_answer_is_explained_all_the_same() -> None:
    answer = await explain(MemoryDecisions([REFRESHED]), request_id="asked")
    assert [(item.item_id, item.fate) for item in answer.items] == [("b", "shown")]


@pytest.mark.parametrize(
    "fields", [{"request_id": "r2"}, {"tenant_id": "other"}, {"user_id": "v"}, {"tenant_id": "other", "user_id": "u"}]
)
async def test_what_is_not_the_tenants_or_the_users_is_not_found(fields: dict[str, str]) -> None:
    async with served(WORLD, recorded=MemoryDecisions([decision()])) as running:
        request = ExplainRequest(**{"tenant_id": TENANT, "request_id": "r1", **fields})
        refusal = await refusal_of(running.recommend.Explain(request))
    assert refusal.code is grpc.StatusCode.NOT_FOUND


@pytest.mark.parametrize(
    ("field", "fields"),
    [
        ("tenant_id", {"tenant_id": ""}),
        ("tenant_id", {"tenant_id": "A"}),
        ("request_id", {"request_id": ""}),
        ("request_id", {"request_id": "x" * (MAX_REQUEST_ID + 1)}),
        ("request_id", {"request_id": "a\n"}),
        ("user_id", {"user_id": "u" * 257}),
        ("item_ids", {"item_ids": ["a"] * 101}),
        ("item_ids[1]", {"item_ids": ["a", ""]}),
        ("item_ids[0]", {"item_ids": ["a" * 257]}),
    ],
)
async def test_a_wrong_field_is_named(field: str, fields: dict[str, Any]) -> None:
    recorded = MemoryDecisions([decision()])
    async with served(WORLD, recorded=recorded) as running:
        request = ExplainRequest(**{"tenant_id": TENANT, "request_id": "r1", **fields})
        refusal = await refusal_of(running.recommend.Explain(request))
    assert (refusal.code, refusal.fields, recorded.asked) == (grpc.StatusCode.INVALID_ARGUMENT, [field], [])


async def test_a_search_ends_with_the_deadline() -> None:
    async with served(WORLD, recorded=MemoryDecisions(held=True)) as running:
        request = ExplainRequest(tenant_id=TENANT, request_id="r1")
        refusal = await refusal_of(running.recommend.Explain(request, timeout=0.3))
    assert refusal.code is grpc.StatusCode.DEADLINE_EXCEEDED


def of_log(*decisions: Decision, latest: Latest | None = None) -> RecordedDecisions:
    at = Partition(DECISIONS.name, 0)
    records = [
        message(at, n, TenantKey(each.tenant_id, each.user_id).encode(), CODEC.encode(each), timestamp=now_ms())
        for n, each in enumerate(decisions)
    ]
    return RecordedDecisions(latest or Latest(), reader_over({at: records}), CODEC)


def soon() -> float:
    return asyncio.get_running_loop().time() + 10


async def test_a_decision_is_found_in_memory_and_else_in_the_log() -> None:
    latest = Latest(most=2)
    for number in range(3):
        latest.put(Decision(f"m{number}", TENANT, "u", "home", 0, 0, [], b""))
    assert len(latest) == 2
    timed = str(uuid7())
    recorded = of_log(Decision(timed, TENANT, "u", "home", 0, 0, [], b""), latest=latest)
    assert await recorded.find(TENANT, "m0", None, soon()) is None, "it had to go, and its id tells no time"
    for request_id in ("m2", timed):
        for user, there in ((None, True), ("u", True), ("v", False)):
            found = await recorded.find(TENANT, request_id, user, soon())
            assert (found is not None) == there
        assert await recorded.find("other", request_id, None, soon()) is None


async def test_a_log_that_is_away_is_told_and_not_taken_for_no_record() -> None:
    offsets = create_autospec(LogOffsets, instance=True)
    offsets.partitions.side_effect = BrokerUnavailableError("away")
    reader = create_autospec(LogReader, instance=True, offsets=offsets)
    with pytest.raises(BrokerUnavailableError):
        await RecordedDecisions(Latest(), reader, CODEC).find(TENANT, str(uuid7()), None, soon())
