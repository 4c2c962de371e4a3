"""Names of collections: Milvus takes them, and no two spaces or versions share one."""

import re

from hypothesis import given
from hypothesis import strategies as st

from schemas.model_records import VectorSubject
from tests.strategies import known, tenants
from topics.vector_store import MilvusSettings, VectorSpace

models = st.from_regex(r"[a-z][a-z0-9_]{0,63}", fullmatch=True)
versions = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", fullmatch=True)
spaces = st.builds(VectorSpace, tenants(), known(VectorSubject), models)


@given(st.lists(st.tuples(spaces, versions), unique=True, max_size=8))
def test_every_version_of_every_space_has_a_name_of_its_own(given: list[tuple[VectorSpace, str]]) -> None:
    names = [space.collection(version) for space, version in given]
    aliases = {space: space.alias for space, _ in given}
    assert len({*names, *aliases.values()}) == len(names) + len(aliases)
    for name in (*names, *aliases.values()):
        assert re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]{0,254}", name), name


def test_the_parts_of_a_name_do_not_run_together() -> None:
    assert VectorSpace("a", "item", "b_c").alias != VectorSpace("a_b", "item", "c").alias
    assert VectorSpace("a.b", "item", "m").alias != VectorSpace("a-b", "item", "m").alias
    assert VectorSpace("a", "item", "m").collection("v.1") != VectorSpace("a", "item", "m").collection("v-1")


def test_a_token_is_never_shown() -> None:
    settings = MilvusSettings(uri="http://127.0.0.1:1", token="root:secret")
    assert "secret" not in repr(settings)
    assert settings.connection() == {"uri": "http://127.0.0.1:1", "token": "root:secret"}
