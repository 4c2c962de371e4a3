"""Keys of the refresher: each tenant's call carries its own, and what is wrong with the file never shows one."""

import asyncio
from pathlib import Path

import pytest

from serving.api.recommender.v1 import recommendation_pb2 as pb
from serving.errors import InvalidConfigError
from serving.refresher.client import Recommender
from serving.refresher.keys import load_keys
from tests.serving.refresher.test_refresher import Stub


async def test_each_tenants_call_carries_its_own_key(tmp_path: Path) -> None:
    file = tmp_path / "keys.toml"
    file.write_text('acme = "tide_a"\nglobex = "tide_b"\n')
    stub = Stub()
    recommender = Recommender(stub, asyncio.Semaphore(1), 1.0, 1.0, load_keys(file))
    for tenant in ("acme", "globex", "other"):
        await recommender.list_for(pb.RecommendRequest(tenant_id=tenant, user_id="u", count=1))
    assert stub.shown == [(("authorization", "Bearer tide_a"),), (("authorization", "Bearer tide_b"),), ()]


def test_without_a_file_there_are_none() -> None:
    assert load_keys(None) == {}


@pytest.mark.parametrize(
    "text", ["acme = 'secret", "acme = 1", "acme = ''", "acme = 'se cret'", 'acme = "se\\ncret"', "\xff"]
)
def test_what_is_wrong_is_told_without_the_key(tmp_path: Path, text: str) -> None:
    file = tmp_path / "keys.toml"
    file.write_bytes(text.encode("latin-1"))
    with pytest.raises(InvalidConfigError) as raised:
        load_keys(file)
    assert "cret" not in str(raised.value)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(InvalidConfigError, match="cannot be read"):
        load_keys(tmp_path / "none.toml")
