"""Credentials: certificates and keys as gRPC takes them, of servers and of clients."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, Self

import grpc
from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from serving.errors import InvalidConfigError
from serving.security.certificates import Certificates
from serving.security.reloaded import Reloaded

AUTHORIZATION: Final = "authorization"

Metadata = tuple[tuple[str, str], ...]


class ClientSettings(BaseSettings):
    """How a client reaches a server, read from the environment: TIDELINE_CLIENT_*, and TIDELINE_KEY."""

    model_config = SettingsConfigDict(
        env_prefix="TIDELINE_CLIENT_",
        frozen=True,
        populate_by_name=True,
        env_ignore_empty=True,
        hide_input_in_errors=True,  # what is wrong may stand beside the key
    )

    tls: bool = Field(False, description="Whether to call over TLS; trusts the system's authorities if `ca` is none.")
    ca: Path | None = Field(None, description="PEM file of who signs the server's certificate; means TLS.")
    certificate: Path | None = Field(None, description="PEM file of the client's own certificate, for mutual TLS.")
    private_key: Path | None = Field(None, description="PEM file of its private key.")
    key: SecretStr | None = Field(
        None, validation_alias="TIDELINE_KEY", description="The key to call with. Never logged, never shown."
    )

    @field_validator("key")
    @classmethod
    def _sendable(cls, key: SecretStr | None) -> SecretStr | None:
        """Return the key without the line break that files end with; gRPC's refusal of any other would print it."""
        if key is None:
            return None
        bare = key.get_secret_value().strip()
        if not is_sendable(bare) or " " in bare or not bare:
            raise ValueError("TIDELINE_KEY must be one word of printable ASCII")
        return SecretStr(bare)

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if (self.certificate is None) != (self.private_key is None):
            raise ValueError("TIDELINE_CLIENT_CERTIFICATE and TIDELINE_CLIENT_PRIVATE_KEY are given together")
        return self

    @property
    def metadata(self) -> Metadata:
        """What calls carry; nothing without a key."""
        return () if self.key is None else ((AUTHORIZATION, f"Bearer {self.key.get_secret_value()}"),)


def is_sendable(value: str) -> bool:
    """Return whether gRPC takes the text as metadata; of one that it does not, its error shows the whole."""
    return value.isascii() and value.isprintable()


def server_credentials(files: Reloaded[Certificates]) -> Any:
    """Return the credentials of a server; each new connection is shown the certificate that the files hold by then."""
    shown = [files.get()]

    def renewed() -> Any:
        found = files.get()
        if found is shown[0]:
            return None  # means: as before
        shown[0] = found
        return _configuration(found)

    return grpc.dynamic_ssl_server_credentials(
        _configuration(shown[0]), renewed, require_client_authentication=shown[0].client_ca is not None
    )


def channel_to(address: str, settings: ClientSettings) -> Any:
    """Return a channel to the address; raise InvalidConfigError if a file of the settings cannot be read."""
    credentials = _channel_credentials(settings)
    return grpc.insecure_channel(address) if credentials is None else grpc.secure_channel(address, credentials)


def aio_channel_to(address: str, settings: ClientSettings, options: Sequence[tuple[str, Any]] = ()) -> Any:
    """Return the same for asyncio, with gRPC's options of channels."""
    credentials = _channel_credentials(settings)
    if credentials is None:
        return grpc.aio.insecure_channel(address, options=options)
    return grpc.aio.secure_channel(address, credentials, options=options)


def _configuration(certificates: Certificates) -> Any:
    pair = (certificates.private_key, certificates.chain)
    return grpc.ssl_server_certificate_configuration([pair], root_certificates=certificates.client_ca)


def _channel_credentials(settings: ClientSettings) -> Any | None:
    if not (settings.tls or settings.ca or settings.certificate):
        return None
    return grpc.ssl_channel_credentials(_read(settings.ca), _read(settings.private_key), _read(settings.certificate))


def _read(path: Path | None) -> bytes | None:
    try:
        return None if path is None else path.read_bytes()
    except OSError as error:
        raise InvalidConfigError(str(path), f"cannot be read: {error.strerror}") from error
