"""Where a server may listen: anywhere, if callers have to show a key; else on loopback."""

import logging
from ipaddress import ip_address

from serving.errors import InvalidConfigError
from serving.security.settings import AuthSettings, TlsSettings

_LOG = logging.getLogger(__name__)


def check_binding(host: str, auth: AuthSettings, tls: TlsSettings) -> None:
    """Raise InvalidConfigError if other machines could reach a server on this address that asks for no key.

    Warns where keys would be sent over the network for all to read.
    """
    if _is_loopback(host):
        return
    if not auth.enabled:
        raise InvalidConfigError(
            "host",
            f"must be a loopback address, not {host!r}: nobody has to show a key, and whoever reaches the server "
            "reads and writes every tenant's data; set TIDELINE_AUTH_ENABLED=true",
        )
    if tls.certificate is None and not tls.ends_before:
        _LOG.warning(
            "listening on %s without TLS: keys can be read on their way; set TIDELINE_TLS_CERTIFICATE and "
            "TIDELINE_TLS_PRIVATE_KEY, or TIDELINE_TLS_ENDS_BEFORE=true if a proxy before it speaks TLS",
            host,
        )


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:  # a name, which may be of any address
        return False
