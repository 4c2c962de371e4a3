"""Settings: what each client gets, and what is refused."""

import pytest
from pydantic import ValidationError

from topics.settings import KafkaSettings


def test_the_embedded_broker_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TIDELINE_KAFKA_BOOTSTRAP_SERVERS", raising=False)
    config = KafkaSettings().client_config()
    assert config["bootstrap.servers"] == "127.0.0.1:19092"
    assert config["security.protocol"] == "PLAINTEXT"
    assert not any(name.startswith(("sasl.", "ssl.")) for name in config)


def test_variables_reach_both_kinds_of_client(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIDELINE_KAFKA_BOOTSTRAP_SERVERS", "one:9092,two:9092")
    monkeypatch.setenv("TIDELINE_KAFKA_SECURITY_PROTOCOL", "SASL_PLAINTEXT")
    monkeypatch.setenv("TIDELINE_KAFKA_SASL_USERNAME", "reader")
    monkeypatch.setenv("TIDELINE_KAFKA_SASL_PASSWORD", "secret")
    settings = KafkaSettings()
    assert settings.client_config()["sasl.password"] == "secret"
    assert settings.client_config()["sasl.mechanism"] == "SCRAM-SHA-512"
    options = settings.aiokafka_options()
    assert options["bootstrap_servers"] == ["one:9092", "two:9092"]
    assert options["sasl_plain_password"] == "secret"
    assert "ssl_context" not in options


def test_passwords_are_not_shown() -> None:
    settings = KafkaSettings(security_protocol="SASL_SSL", sasl_username="reader", sasl_password="hunter2")
    assert "hunter2" not in repr(settings)


def test_tls_gives_aiokafka_a_context() -> None:
    assert KafkaSettings(security_protocol="SSL").aiokafka_options()["ssl_context"].check_hostname


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"security_protocol": "SASL_SSL"}, "sasl_username"),
        ({"ssl_key": "key.pem"}, "ssl_certificate"),
        ({"partitions": 0}, "partitions"),
        ({"replication_factor": 0}, "replication_factor"),
        ({"security_protocol": "NONE"}, "security_protocol"),
    ],
)
def test_incomplete_settings_are_refused_by_name(given: dict[str, object], named: str) -> None:
    with pytest.raises(ValidationError, match=named):
        KafkaSettings.model_validate(given)
