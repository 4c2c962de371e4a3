"""TLS and mutual TLS on real connections: who is trusted, whose tenant a certificate is, renewal without a restart."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import grpc
import pytest
from cryptography.x509 import load_pem_x509_certificate
from pydantic import ValidationError

from serving.api.recommender.v1.recommendation_pb2 import RecommendRequest
from serving.client import recommend
from serving.credentials import ClientSettings, aio_channel_to
from serving.errors import CallError, InvalidConfigError
from serving.security.certificates import SAN_PREFIX, server_certificates, tenant_named
from serving.security.settings import TlsSettings
from tests.serving.authority import Authority
from tests.serving.guarded import KEYS, OTHER, OWN, Guarded, bearer, guarded
from tests.serving.roster_methods import METHODS
from tests.serving.serving import refusal_of

METHOD = next(method for method in METHODS if str(method) == "recommend.Recommend")


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


@asynccontextmanager
async def serving(tls: TlsSettings, certificate_tenant: str = "") -> AsyncIterator[Guarded]:
    async with guarded(certificates=server_certificates(tls), certificate_tenant=certificate_tenant) as running:
        yield running


async def code(server: Guarded, client: ClientSettings, tenant: str = OWN, metadata: object = None) -> str:
    """Return how a call over a connection of its own ends."""
    sent = client.metadata if metadata is None else metadata
    async with aio_channel_to(f"127.0.0.1:{server.port}", client) as channel:
        try:
            await METHOD.call(channel, METHOD.request(tenant), sent)
        except grpc.aio.AioRpcError as error:
            return str(error.code().name)
    return "OK"


async def test_over_tls_a_key_is_let_in(authority: Authority) -> None:
    async with serving(authority.server()) as server:
        assert await code(server, authority.client(key=KEYS["own"])) == "OK"
        assert await code(server, authority.client(key=KEYS["own"]), OTHER) == "PERMISSION_DENIED"
        assert await code(server, authority.client()) == "UNAUTHENTICATED"


async def test_without_tls_or_with_another_authority_there_is_no_connection(
    authority: Authority, tmp_path: Path
) -> None:
    stranger = Authority(tmp_path, "stranger")
    async with serving(authority.server()) as server:
        assert await code(server, ClientSettings(key=KEYS["own"])) == "UNAVAILABLE"
        assert await code(server, stranger.client(key=KEYS["own"])) == "UNAVAILABLE"
        assert server.reached == []


async def test_mutual_tls_asks_for_a_certificate_of_the_authority(authority: Authority, tmp_path: Path) -> None:
    clients = Authority(tmp_path, "clients")
    async with serving(authority.server(client_ca=clients.path)) as server:
        certificate, key = clients.sign("known", "app.example")
        known = ClientSettings(ca=authority.path, certificate=certificate, private_key=key, key=KEYS["own"])
        assert await code(server, known) == "OK"
        assert await code(server, authority.client("app.example", key=KEYS["own"])) == "UNAVAILABLE"
        assert await code(server, authority.client(key=KEYS["own"])) == "UNAVAILABLE"
        assert len(server.reached) == 1


@pytest.mark.parametrize("where", ["san", "cn"])
async def test_a_certificate_may_name_the_tenant(authority: Authority, where: str) -> None:
    async with serving(authority.server(client_ca=authority.path), where) as server:

        def client(tenant: str) -> ClientSettings:
            if where == "san":
                return authority.client(f"{SAN_PREFIX}{tenant}", "app.example", common_name=OTHER)
            return authority.client("app.example", f"{SAN_PREFIX}{OTHER}", common_name=tenant)

        assert await code(server, client(OWN)) == "OK"
        assert await code(server, client(OWN), OTHER) == "PERMISSION_DENIED"
        assert await code(server, client(OWN), OTHER, bearer("other")) == "OK", "a key decides, where one is sent"
        assert await code(server, client(OWN), OWN, (("authorization", ""),)) == "UNAUTHENTICATED"
        assert await code(server, client("Not A Tenant")) == "UNAUTHENTICATED"


async def test_a_certificate_names_nobody_unless_it_is_asked_for(authority: Authority) -> None:
    async with serving(authority.server(client_ca=authority.path)) as server:
        named = authority.client(f"{SAN_PREFIX}{OWN}", common_name=OWN)
        assert await code(server, named) == "UNAUTHENTICATED"


@pytest.mark.parametrize(
    ("where", "names", "tenant"),
    [
        ("san", [b"tideline:tenant:acme", b"app.example"], "acme"),
        ("san", [b"acme", b"tenant:acme"], None),
        ("san", [b"tideline:tenant:acme", b"tideline:tenant:globex"], None),
        ("san", [b"tideline:tenant:"], None),
        ("san", [b"tideline:tenant:\xff"], None),
        ("cn", [b"acme"], "acme"),
        ("cn", [b"Acme Ltd"], None),
        ("cn", [b"acme", b"globex"], None),
        ("cn", [], None),
        ("", [b"acme"], None),
    ],
)
def test_the_tenant_that_a_certificate_names(where: str, names: list[bytes], tenant: str | None) -> None:
    properties = {"x509_subject_alternative_name": names, "x509_common_name": names}
    assert tenant_named(where, properties) == tenant


def shown(port: int) -> int:
    """Return the serial number of the certificate that a new connection is shown."""
    return load_pem_x509_certificate(ssl.get_server_certificate(("127.0.0.1", port)).encode()).serial_number


async def test_a_renewed_certificate_is_shown_without_a_restart_and_calls_go_on(authority: Authority) -> None:
    tls = authority.server()
    async with serving(tls) as server:
        client = authority.client(key=KEYS["own"])
        async with aio_channel_to(f"127.0.0.1:{server.port}", client) as channel:
            await METHOD.call(channel, METHOD.request(OWN), client.metadata)
            before = await asyncio.to_thread(shown, server.port)
            authority.server()
            after = await asyncio.to_thread(shown, server.port)
            assert after != before
            await METHOD.call(channel, METHOD.request(OWN), client.metadata)
            assert await code(server, client) == "OK"
            assert tls.certificate is not None
            tls.certificate.write_text("not a certificate")
            assert await asyncio.to_thread(shown, server.port) == after
            assert await code(server, client) == "OK"


def test_files_that_do_not_fit_are_refused_at_start(authority: Authority, tmp_path: Path) -> None:
    one, other = authority.server("one"), authority.server("other")
    swapped = TlsSettings(certificate=one.certificate, private_key=other.private_key)
    with pytest.raises(InvalidConfigError, match="not that of the certificate"):
        server_certificates(swapped)
    with pytest.raises(InvalidConfigError, match="cannot be read"):
        server_certificates(TlsSettings(certificate=tmp_path / "absent", private_key=one.private_key))
    with pytest.raises(InvalidConfigError):
        server_certificates(TlsSettings(certificate=one.private_key, private_key=one.certificate))
    assert server_certificates(TlsSettings()) is None


@pytest.mark.parametrize("given", [{"certificate": "c"}, {"private_key": "k"}, {"client_ca": "ca"}])
def test_half_of_tls_is_none(given: dict[str, str]) -> None:
    with pytest.raises(ValidationError, match="TIDELINE_TLS_"):
        TlsSettings.model_validate(given)


async def test_the_command_lines_client_speaks_tls(authority: Authority) -> None:
    ask = RecommendRequest(tenant_id=OWN, user_id="u", count=1)
    async with serving(authority.server(client_ca=authority.path)) as server:
        address, client = f"127.0.0.1:{server.port}", authority.client("app.example", key=KEYS["own"])
        await asyncio.to_thread(recommend, address, ask, 5, client)
        with pytest.raises(CallError, match="UNAVAILABLE"):
            await asyncio.to_thread(recommend, address, ask, 5, ClientSettings())
    assert server.reached == ["Recommend"]


def test_a_key_is_in_no_text_of_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIDELINE_KEY", KEYS["own"])
    client = ClientSettings()
    assert client.metadata == bearer("own")
    assert KEYS["own"] not in f"{client!r} {client} {client.model_dump()} {client.model_dump_json()}"


@pytest.mark.parametrize("given", ["tide secret", "tide_sécret", "tide\x00secret", "\n"])
def test_a_key_that_cannot_be_sent_is_refused_without_showing_it(given: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIDELINE_KEY", given.replace("\x00", "\x1b"))
    with pytest.raises(ValidationError, match="one word of printable ASCII") as refused:
        ClientSettings()
    assert "cret" not in str(refused.value)


def test_other_settings_that_are_wrong_do_not_show_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIDELINE_KEY", KEYS["own"])
    monkeypatch.setenv("TIDELINE_CLIENT_CERTIFICATE", "alone")
    with pytest.raises(ValidationError, match="TIDELINE_CLIENT_PRIVATE_KEY") as refused:
        ClientSettings()
    assert KEYS["own"] not in str(refused.value)


def test_a_key_from_a_file_may_end_with_a_line_break(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIDELINE_KEY", f"{KEYS['own']}\n")
    assert ClientSettings().metadata == bearer("own")


def test_an_empty_key_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIDELINE_KEY", "")
    assert ClientSettings().metadata == ()


async def test_a_wrong_file_of_a_client_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidConfigError, match="absent: cannot be read"):
        aio_channel_to("127.0.0.1:1", ClientSettings(ca=tmp_path / "absent"))


async def test_refusals_are_told_over_tls_as_well(authority: Authority) -> None:
    async with (
        serving(authority.server()) as server,
        aio_channel_to(f"127.0.0.1:{server.port}", authority.client()) as channel,
    ):
        refusal = await refusal_of(METHOD.call(channel, METHOD.request(""), bearer("own")))
    assert (refusal.code, refusal.fields) == (grpc.StatusCode.INVALID_ARGUMENT, ["tenant_id"])
