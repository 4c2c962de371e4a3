"""A client that runs for long goes on when its certificate, or the authority that it trusts, is another."""

from __future__ import annotations

from pathlib import Path

import grpc
import pytest

from serving.api.recommender.v1.recommendation_pb2 import RecommendRequest
from serving.api.recommender.v1.recommendation_pb2_grpc import RecommendServiceStub
from serving.credentials import ClientSettings
from serving.errors import InvalidConfigError
from serving.renewal import RenewedChannel
from serving.security.certificates import SAN_PREFIX, server_certificates
from tests.serving.authority import Authority
from tests.serving.guarded import OTHER, OWN, bearer, guarded


async def test_a_renewed_certificate_is_shown_from_the_next_call_on(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    certificates = server_certificates(authority.server(client_ca=authority.path))
    async with guarded(certificates=certificates, certificate_tenant="san") as server:
        settings = authority.client(f"{SAN_PREFIX}{OWN}")
        async with RenewedChannel(f"127.0.0.1:{server.port}", settings) as channel:
            stub = RecommendServiceStub(channel)
            await stub.Recommend(RecommendRequest(tenant_id=OWN), timeout=10)
            assert settings.private_key is not None
            settings.private_key.write_text("half of a new pair")
            await stub.Recommend(RecommendRequest(tenant_id=OWN), timeout=10)
            authority.client(f"{SAN_PREFIX}{OTHER}")
            with pytest.raises(grpc.aio.AioRpcError) as refused:
                await stub.Recommend(RecommendRequest(tenant_id=OWN), timeout=10)
            assert refused.value.code() is grpc.StatusCode.PERMISSION_DENIED
            await stub.Recommend(RecommendRequest(tenant_id=OTHER), timeout=10)
    assert server.reached == ["Recommend"] * 3


async def test_without_tls_it_is_a_channel_as_any() -> None:
    async with guarded() as server, RenewedChannel(f"127.0.0.1:{server.port}", ClientSettings()) as channel:
        await RecommendServiceStub(channel).Recommend(
            RecommendRequest(tenant_id=OWN), timeout=10, metadata=bearer("own")
        )


async def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidConfigError, match="absent"):
        RenewedChannel("127.0.0.1:1", ClientSettings(ca=tmp_path / "absent"))
