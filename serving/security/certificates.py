"""Certificates: a server's own, and those of who may call; and the tenant that a client's names."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key
from cryptography.x509 import load_pem_x509_certificates

from schemas.errors import InvalidFieldError
from schemas.tenancy import check_tenant
from serving.security.reloaded import Reloaded
from serving.security.settings import TlsSettings

SAN_PREFIX: Final = "tideline:tenant:"
"""What the alternative name begins with that names a tenant: other names of a certificate are of hosts."""

_PROPERTIES: Final = {"san": "x509_subject_alternative_name", "cn": "x509_common_name"}


@dataclass(frozen=True, slots=True)
class Certificates:
    """What a server shows and asks for, all in PEM."""

    chain: bytes
    private_key: bytes
    client_ca: bytes | None
    """Who signs clients' certificates; None where none is asked for."""


def server_certificates(settings: TlsSettings) -> Reloaded[Certificates] | None:
    """Return the server's certificates; None without TLS. Raises InvalidConfigError if the files do not fit."""
    if settings.certificate is None or settings.private_key is None:
        return None
    files = [settings.certificate, settings.private_key]
    return Reloaded(files if settings.client_ca is None else [*files, settings.client_ca], certificates_of)


def tenant_named(where: str, properties: Mapping[str, Iterable[bytes]]) -> str | None:
    """Return the tenant that a client's certificate names.

    Args:
        where: `san`, `cn`, or empty for nowhere.
        properties: of the peer, as gRPC tells them: only of a certificate that it has verified.

    Returns:
        The tenant, or None where the certificate names none, or more than one.
    """
    names = [name.decode(errors="replace") for name in properties.get(_PROPERTIES.get(where, ""), ())]
    if where == "san":
        names = [name.removeprefix(SAN_PREFIX) for name in names if name.startswith(SAN_PREFIX)]
    try:
        return check_tenant(names[0]) if len(names) == 1 else None
    except InvalidFieldError:
        return None


def certificates_of(files: Sequence[bytes]) -> Certificates:
    """Return the files' content; raise ValueError if it is none, or the key is another certificate's."""
    chain, private_key = files[:2]
    shown = load_pem_x509_certificates(chain)[0].public_key()
    try:
        own = load_pem_private_key(private_key, None).public_key()
    except TypeError as error:
        raise ValueError("the private key must not have a password") from error
    if _spelled(shown) != _spelled(own):
        raise ValueError("the private key is not that of the certificate")
    client_ca = files[2] if len(files) > 2 else None
    if client_ca is not None:
        load_pem_x509_certificates(client_ca)
    return Certificates(chain, private_key, client_ca)


def _spelled(key: object) -> bytes:
    spelled: bytes = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)  # type: ignore[attr-defined]
    return spelled
