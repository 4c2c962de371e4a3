"""The guard of a server: what is asked of callers and how much they may ask for, built from settings."""

import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from serving.errors import InvalidConfigError
from serving.security.caller import Doorkeeper
from serving.security.certificates import Certificates, server_certificates
from serving.security.keyring import Keyring
from serving.security.limits import Limiter, Limits, TenantLimits
from serving.security.limits_file import tenant_limits
from serving.security.reloaded import Reloaded
from serving.security.settings import AuthSettings, LimitsSettings, TlsSettings
from serving.security.tokens import Tokens
from topics.moments import now_ms


@dataclass(frozen=True, slots=True)
class SecuritySettings:
    """All that security may be told."""

    auth: AuthSettings = field(default_factory=AuthSettings)
    tls: TlsSettings = field(default_factory=TlsSettings)
    limits: TenantLimits = field(default_factory=lambda: TenantLimits(Limits.of(LimitsSettings())))

    @classmethod
    def load(cls, config: Path | None) -> Self:
        """Return what the environment and the configuration file say; raise InvalidConfigError.

        The file was read before by `ServingConfig.load`, which tells what is wrong with it as a whole.
        """
        document = {} if config is None else tomllib.loads(config.read_text())
        auth, tls = AuthSettings(), TlsSettings()
        if auth.certificate_tenant and tls.client_ca is None:
            raise InvalidConfigError("TIDELINE_AUTH_CERTIFICATE_TENANT", "needs TIDELINE_TLS_CLIENT_CA")
        return cls(auth, tls, tenant_limits(LimitsSettings(), document))


@dataclass(frozen=True, slots=True)
class Guard:
    """What a server asks of callers."""

    limiter: Limiter = field(default_factory=lambda: Limiter(TenantLimits(Limits.of(LimitsSettings()))))
    doorkeeper: Doorkeeper | None = None
    """None where nobody has to show a key."""

    certificate_tenant: str = ""
    certificates: Reloaded[Certificates] | None = None
    """None without TLS."""

    @classmethod
    def of(cls, settings: SecuritySettings, keyring: Keyring) -> Self:
        """Return the guard over these keys; raise InvalidConfigError if a file is not what it should be."""
        auth = settings.auth
        tokens = Tokens(auth) if auth.enabled and auth.jwt_keys is not None else None
        return cls(
            Limiter(settings.limits),
            Doorkeeper(keyring, now_ms, auth.operators, tokens) if auth.enabled else None,
            auth.certificate_tenant,
            server_certificates(settings.tls),
        )
