"""How to reach the schema registry."""

import ssl
from pathlib import Path
from typing import Final, Self

from pydantic import Field, HttpUrl, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

LOCAL_REGISTRY: Final = "http://127.0.0.1:18080/apis/ccompat/v7"
"""Where `tideline up` puts the embedded registry."""


class RegistrySettings(BaseSettings):
    """The registry: the embedded one by default, any other through TIDELINE_REGISTRY_* variables."""

    model_config = SettingsConfigDict(env_prefix="TIDELINE_REGISTRY_", frozen=True)

    url: HttpUrl = Field(
        default=HttpUrl(LOCAL_REGISTRY),
        description="Base URL of the Confluent-compatible API; on Apicurio it ends in /apis/ccompat/v7.",
    )
    username: str | None = Field(default=None, description="User to log in as, by basic authentication.")
    password: SecretStr | None = Field(default=None, description="Password of that user.")
    token: SecretStr | None = Field(default=None, description="Bearer token, instead of user and password.")
    tls_ca: Path | None = Field(
        default=None,
        description="PEM file of the authority behind the registry's certificate; none: the system's.",
    )
    tls_certificate: Path | None = Field(default=None, description="PEM file of the certificate, for mutual TLS.")
    tls_key: Path | None = Field(default=None, description="PEM file of that certificate's private key.")
    tls_key_password: SecretStr | None = Field(default=None, description="Password of the private key.")
    connect_timeout_s: float = Field(default=2.0, gt=0, description="Seconds to wait for a connection.")
    timeout_s: float = Field(default=10.0, gt=0, description="Seconds to wait for an answer.")
    attempts: int = Field(default=4, ge=1, le=20, description="Times a request is tried while the registry is away.")

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if (self.username is None) != (self.password is None):
            raise ValueError("username and password need each other")
        if self.token is not None and self.username is not None:
            raise ValueError("give a token or a username and password, not both")
        if (self.tls_certificate is None) != (self.tls_key is None):
            raise ValueError("tls_certificate and tls_key need each other")
        return self

    def ssl_context(self) -> ssl.SSLContext:
        """Return the context for TLS; raise OSError if a PEM file cannot be read."""
        context = ssl.create_default_context(cafile=self.tls_ca)
        if self.tls_certificate is not None:
            password = None if self.tls_key_password is None else self.tls_key_password.get_secret_value()
            context.load_cert_chain(self.tls_certificate, self.tls_key, password)
        return context
