"""The guard is what the settings say: off by default, whole when on."""

from pathlib import Path

import pytest

from serving.config_file import ServingConfig
from serving.errors import InvalidConfigError
from serving.security.guard import Guard, SecuritySettings
from serving.security.keyring import Keyring
from serving.security.limits import Limits, Rate


def guard(config: Path | None = None) -> Guard:
    return Guard.of(SecuritySettings.load(config), Keyring())


def test_by_default_nobody_has_to_show_a_key_and_there_is_no_tls() -> None:
    made = guard()
    assert (made.doorkeeper, made.certificates, made.certificate_tenant) == (None, None, "")


def test_keys_are_asked_for_when_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIDELINE_AUTH_ENABLED", "true")
    assert guard().doorkeeper is not None


def test_limits_come_from_the_configuration_file_that_serving_reads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TIDELINE_LIMITS_BURST", "5")
    path = tmp_path / "serving.toml"
    path.write_text("[limits]\nrequests_per_s = 10\n[limits.tenant.acme]\nconcurrent_calls = 2\n[tenant.acme]\n")
    ServingConfig.load(path)
    limits = SecuritySettings.load(path).limits
    assert limits.of("other") == Limits(Rate.of(10, 5), 500)
    assert limits.of("acme") == Limits(Rate.of(10, 5), 2)


def test_certificates_name_tenants_only_where_they_are_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIDELINE_AUTH_CERTIFICATE_TENANT", "san")
    with pytest.raises(InvalidConfigError, match="TIDELINE_TLS_CLIENT_CA"):
        guard()


def test_a_file_of_keys_that_is_not_there_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"ENABLED": "true", "JWT_KEYS": "absent", "JWT_ISSUER": "i", "JWT_AUDIENCE": "a"}.items():
        monkeypatch.setenv(f"TIDELINE_AUTH_{name}", value)
    with pytest.raises(InvalidConfigError, match="absent"):
        guard()
