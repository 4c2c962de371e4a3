"""Settings of security, read from the environment: TIDELINE_AUTH_*, TIDELINE_TLS_*, TIDELINE_LIMITS_*."""

from pathlib import Path
from typing import Literal, Self, TypeAlias

from pydantic import Field, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

Algorithm: TypeAlias = Literal[
    "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"
]
"""How a token may be signed: with a private key only. `none` is no signature, and with HS* whoever can check a token
can make one."""


class AuthSettings(BaseSettings):
    """Who is let in."""

    model_config = SettingsConfigDict(env_prefix="TIDELINE_AUTH_", frozen=True)

    enabled: bool = Field(False, description="Whether calls have to show a key; without, loopback only.")
    operator_key_sha256: str | None = Field(
        None,
        pattern="^[0-9a-f]{64}(,[0-9a-f]{64})*$",
        description="Hash of operators' key, by `tideline tenants operator-key`; two, with a comma, while it changes.",
    )
    jwt_keys: Path | None = Field(
        None,
        description="JWKS or PEM file of the public keys of tokens; none: no tokens. Read when changed.",
    )
    jwt_issuer: str = Field("", description="Who must have issued a token (`iss`).")
    jwt_audience: str = Field("", description="For whom it must have been issued (`aud`).")
    jwt_algorithms: tuple[Algorithm, ...] = Field(("RS256", "ES256", "EdDSA"), min_length=1)
    jwt_tenant_claim: str = Field("tenant", min_length=1, description="The claim that names the tenant.")
    jwt_leeway_s: float = Field(30.0, ge=0, le=300, description="Seconds by which clocks may differ.")
    certificate_tenant: Literal["", "san", "cn"] = Field(
        "",
        description="Where a client certificate names the tenant, for calls without a key: in the URI "
        "`tideline:tenant:<id>` among its alternative names (san), in its common name (cn), or nowhere.",
    )

    @property
    def operators(self) -> tuple[str, ...]:
        """Hashes of the operators' keys; without any nobody is an operator."""
        return tuple(self.operator_key_sha256.split(",")) if self.operator_key_sha256 else ()

    @model_validator(mode="after")
    def _tokens_are_bound(self) -> Self:
        if self.jwt_keys is not None and not (self.jwt_issuer and self.jwt_audience):
            raise ValueError("TIDELINE_AUTH_JWT_KEYS needs TIDELINE_AUTH_JWT_ISSUER and TIDELINE_AUTH_JWT_AUDIENCE")
        return self


class TlsSettings(BaseSettings):
    """What a server, gRPC or HTTP, shows of itself and asks of clients. Its files are PEM, and read when changed."""

    model_config = SettingsConfigDict(env_prefix="TIDELINE_TLS_", frozen=True)

    certificate: Path | None = Field(None, description="The server's certificate with its chain; none: no TLS.")
    private_key: Path | None = Field(None, description="Its private key.")
    client_ca: Path | None = Field(
        None, description="Who signs clients' certificates; with it a client has to show one (mutual TLS)."
    )
    ends_before: bool = Field(False, description="TLS ends at a proxy before the server: no warning without it.")

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if (self.certificate is None) != (self.private_key is None):
            raise ValueError("TIDELINE_TLS_CERTIFICATE and TIDELINE_TLS_PRIVATE_KEY are given together")
        if self.client_ca is not None and self.certificate is None:
            raise ValueError("TIDELINE_TLS_CLIENT_CA needs TIDELINE_TLS_CERTIFICATE")
        return self


class LimitsSettings(BaseSettings):
    """What a tenant may ask for, where the configuration file says nothing else."""

    model_config = SettingsConfigDict(env_prefix="TIDELINE_LIMITS_", frozen=True)

    requests_per_s: float | None = Field(
        None, gt=0, le=1e6, description="Calls a second that a tenant may make for long; none: any number."
    )
    burst: int = Field(100, ge=1, le=1_000_000, description="Calls that it may make at once after a pause.")
    concurrent_calls: int = Field(
        500, ge=1, description="Calls of one tenant worked on at once: fewer than a server's, so that others get in."
    )
