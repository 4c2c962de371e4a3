"""Nobody beyond the machine reaches a server that asks for no key."""

from pathlib import Path

import pytest

from serving.binding import check_binding
from serving.errors import InvalidConfigError
from serving.security.settings import AuthSettings, TlsSettings

KEYS, NO_KEYS = AuthSettings(enabled=True), AuthSettings()
TLS, NO_TLS = TlsSettings(certificate=Path("c"), private_key=Path("k")), TlsSettings()
ANYWHERE = ["0.0.0.0", "::", "10.0.0.1", "example.org", "", "127.0.0.1.org"]


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "localhost"])
def test_loopback_is_listened_on(host: str, caplog: pytest.LogCaptureFixture) -> None:
    check_binding(host, NO_KEYS, NO_TLS)
    assert not caplog.records


@pytest.mark.parametrize("host", ANYWHERE)
@pytest.mark.parametrize("tls", [TLS, NO_TLS])
def test_whatever_others_may_reach_is_refused(host: str, tls: TlsSettings) -> None:
    with pytest.raises(InvalidConfigError, match="host: must be a loopback address"):
        check_binding(host, NO_KEYS, tls)


@pytest.mark.parametrize("host", ANYWHERE)
@pytest.mark.parametrize(
    ("tls", "warned"), [(TLS, False), (NO_TLS, True), (TlsSettings(ends_before=True), False)], ids=str
)
def test_with_keys_any_address_will_do_with_a_warning_where_they_can_be_read(
    host: str, tls: TlsSettings, warned: bool, caplog: pytest.LogCaptureFixture
) -> None:
    check_binding(host, KEYS, tls)
    assert [record.levelname for record in caplog.records] == (["WARNING"] if warned else [])
