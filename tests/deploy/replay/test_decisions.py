"""Decisions are found in the log by tenant and by request, without decoding the others."""

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from deploy.replay.decisions import read_decisions
from schemas.loading import local_codecs
from schemas.records import Decision
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


@given(
    st.lists(st.tuples(decisions(), st.sampled_from(["t", "other"]), st.sampled_from(["r1", "r12", "r2"])), max_size=6)
)
def test_those_of_the_tenant_and_of_the_request_are_found(drawn: list[tuple[Decision, str, str]]) -> None:
    served = [replace(each, tenant_id=tenant, request_id=request) for each, tenant, request in drawn]
    reader = reader_of(log_of(served))
    assert len(list(read_decisions(reader, CODECS, None))) == len(served)
    for tenant in ("t", "other"):
        own = [each.request_id for each in served if each.tenant_id == tenant]
        assert [each.request_id for each in read_decisions(reader, CODECS, tenant)] == own
        for request in ("r1", "r12", "r2", "r"):
            found = list(read_decisions(reader, CODECS, tenant, request))
            assert [(each.tenant_id, each.request_id) for each in found] == [(tenant, request)] * own.count(request)


def test_a_request_id_of_the_greatest_length_is_found() -> None:
    longest = "é" * 128
    served = [Decision(longest, "t", "u", "feed", 0, 0, [], b"")]
    assert len(list(read_decisions(reader_of(log_of(served)), CODECS, "t", longest))) == 1
