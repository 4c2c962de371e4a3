"""How to reach Kafka, for every client of Tideline."""

import logging
import ssl
from pathlib import Path
from typing import Any, Final, Literal, Self

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from topics.topic import PARTITIONS

LOCAL_BOOTSTRAP: Final = "127.0.0.1:19092"
"""Where `tideline up` puts the embedded broker."""


class KafkaSettings(BaseSettings):
    """The cluster: the embedded one by default, any other through TIDELINE_KAFKA_* variables."""

    model_config = SettingsConfigDict(env_prefix="TIDELINE_KAFKA_", frozen=True)

    bootstrap_servers: str = Field(default=LOCAL_BOOTSTRAP, description="Brokers to ask first: host:port, by comma.")
    security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = Field(
        default="PLAINTEXT", description="Whether connections are encrypted (SSL) and log in (SASL)."
    )
    sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = Field(
        default="SCRAM-SHA-512", description="How to log in; read where security_protocol is SASL_*."
    )
    sasl_username: str | None = Field(default=None, description="User to log in as.")
    sasl_password: SecretStr | None = Field(default=None, description="Password of that user.")
    ssl_ca: Path | None = Field(
        default=None,
        description="PEM file of the authority behind the brokers' certificates; none: the system's.",
    )
    ssl_certificate: Path | None = Field(default=None, description="PEM file of the certificate, for mutual TLS.")
    ssl_key: Path | None = Field(default=None, description="PEM file of that certificate's private key.")
    ssl_key_password: SecretStr | None = Field(default=None, description="Password of the private key.")
    partitions: int = Field(
        default=PARTITIONS,
        ge=1,
        le=10_000,
        description="Partitions of every co-partitioned topic; cannot change once the topics exist.",
    )
    replication_factor: int = Field(default=1, ge=1, description="Copies of each partition; 3 in production.")

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self._logs_in and (self.sasl_username is None or self.sasl_password is None):
            raise ValueError(f"{self.security_protocol} needs sasl_username and sasl_password")
        if (self.ssl_certificate is None) != (self.ssl_key is None):
            raise ValueError("ssl_certificate and ssl_key need each other")
        return self

    @property
    def _logs_in(self) -> bool:
        return self.security_protocol.startswith("SASL")

    @property
    def _encrypts(self) -> bool:
        return self.security_protocol.endswith("SSL")

    def client_config(self) -> dict[str, Any]:
        """Return what every confluent-kafka client (producer, consumer, admin) needs to connect.

        The client's own log lines go to the logger `topics.kafka` instead of straight to stderr.
        """
        config: dict[str, Any] = {
            "bootstrap.servers": self.bootstrap_servers,
            "client.id": "tideline",
            "security.protocol": self.security_protocol,
            "reconnect.backoff.max.ms": 2_000,  # the default waits up to 10 s after a broker is back
            "logger": logging.getLogger("topics.kafka"),
        }
        if self._logs_in:
            config["sasl.mechanism"] = self.sasl_mechanism
            config["sasl.username"] = self.sasl_username
            config["sasl.password"] = _revealed(self.sasl_password)
        if self._encrypts:
            paths = {
                "ssl.ca.location": self.ssl_ca,
                "ssl.certificate.location": self.ssl_certificate,
                "ssl.key.location": self.ssl_key,
            }
            config.update({name: str(path) for name, path in paths.items() if path is not None})
            if self.ssl_key_password is not None:
                config["ssl.key.password"] = _revealed(self.ssl_key_password)
        return config

    def aiokafka_options(self) -> dict[str, Any]:
        """Return the same as keyword arguments of aiokafka's clients; raise OSError if a PEM file cannot be read."""
        options: dict[str, Any] = {
            "bootstrap_servers": self.bootstrap_servers.split(","),
            "client_id": "tideline",
            "security_protocol": self.security_protocol,
        }
        if self._logs_in:
            options["sasl_mechanism"] = self.sasl_mechanism
            options["sasl_plain_username"] = self.sasl_username
            options["sasl_plain_password"] = _revealed(self.sasl_password)
        if self._encrypts:
            options["ssl_context"] = self._ssl_context()
        return options

    def _ssl_context(self) -> ssl.SSLContext:
        context = ssl.create_default_context(cafile=self.ssl_ca)
        if self.ssl_certificate is not None:
            context.load_cert_chain(self.ssl_certificate, self.ssl_key, _revealed(self.ssl_key_password))
        return context


def _revealed(secret: SecretStr | None) -> str | None:
    return None if secret is None else secret.get_secret_value()
