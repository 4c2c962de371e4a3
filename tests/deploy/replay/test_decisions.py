"""Decisions are found in the log by tenant; those of lists made ahead count once they are shown."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from deploy.replay.decisions import read_decisions, shown
from schemas.decision_records import Decision, RowRead
from schemas.loading import local_codecs
from schemas.packing import pack_floats
from schemas.tenancy import TenantKey
from tests.model_strategies import decisions
from tests.topics.logbook import Log, reader_of
from topics.catalog import DECISIONS
from topics.offsets import Partition

CODECS = local_codecs({DECISIONS.subject: DECISIONS.record})


def log_of(served: list[Decision]) -> Log:
    codec = CODECS.of(DECISIONS)
    keys = [TenantKey(each.tenant_id, each.user_id).encode() for each in served]
    return {Partition(DECISIONS.name, 0): [(key, codec.encode(each)) for key, each in zip(keys, served, strict=True)]}


@given(st.lists(st.tuples(decisions(), st.sampled_from(["t", "tt", "other"])), max_size=6))
def test_those_of_the_tenant_are_found(drawn: list[tuple[Decision, str]]) -> None:
    served = [replace(each, tenant_id=tenant) for each, tenant in drawn]
    reader = reader_of(log_of(served))
    assert list(read_decisions(reader, CODECS, None)) == served
    for tenant in ("t", "other"):
        assert list(read_decisions(reader, CODECS, tenant)) == [each for each in served if each.tenant_id == tenant]


def column(*numbers: float) -> bytes:
    return pack_floats(np.array(numbers, np.float32))


def test_an_answer_from_a_list_made_ahead_has_the_features_of_its_making() -> None:
    def made(request: str, user: str = "u") -> Decision:
        told = {"features": ["hour"], "values": column(1, 2, 3), "source": "ahead"}
        return Decision(request, "t", user, "home", 1, 1, ["a", "b", "c"], column(3, 2, 1), **told)  # type: ignore[arg-type]

    def answer(request: str, of: str, items: list[str]) -> Decision:
        read = [RowRead("refreshed", "u", of)]
        return Decision(request, "t", "u", "home", 2, 2, items, b"", read=read, source="refreshed")

    fresh = Decision("fresh", "t", "u", "home", 3, 3, ["z"], b"")
    lost = answer("lost", "m1", ["a"])
    log = [made("m1"), made("m9", user="v"), answer("a1", "m1", ["a", "c"]), fresh, made("m2"), lost]
    found = list(shown(log))
    assert [each.request_id for each in found] == ["a1", "fresh", "lost"]
    assert (found[0].items, found[0].values, found[0].as_of) == (["a", "c"], column(1, 3), 2)
    assert found[2] == lost, "its making was not met: it says what it says"
