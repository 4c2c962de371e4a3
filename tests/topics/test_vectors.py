"""Vectors in the log: keys name the owner, and of each model the latest set stands."""

from hypothesis import given
from hypothesis import strategies as st

from schemas.loading import local_codecs
from schemas.model_records import VectorSet
from schemas.tenancy import TenantKey, split_chunk_key
from tests.model_strategies import vector_sets
from tests.topics.logbook import Log, reader_of
from topics.catalog import VECTOR_SETS
from topics.offsets import Partition
from topics.vectors import SUBJECTS, VectorSets, set_key, vector_key

CODECS = local_codecs(SUBJECTS)


def test_a_key_names_the_owner_and_the_model() -> None:
    owner = TenantKey("t", "item/1").encode()
    assert split_chunk_key(vector_key(owner, "retrieval")) == (owner, "retrieval")
    assert vector_key(owner, "als") != vector_key(owner, "retrieval")


@given(st.lists(vector_sets(), max_size=8))
def test_the_latest_set_of_each_model_stands(given: list[VectorSet]) -> None:
    at = Partition(VECTOR_SETS.name, 0)
    records: Log = {at: [(set_key(each), CODECS.of(VECTOR_SETS).encode(each)) for each in given]}
    records[at] += [(b"no key of ours", b"no record"), (b"t/item/m", b"no record")]
    sets = VectorSets(reader_of(records), CODECS).all()
    assert sets == {(each.tenant_id, each.subject, each.model): each for each in given}
