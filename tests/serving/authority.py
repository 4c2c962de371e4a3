"""An authority for tests, and the files that it signs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import trustme
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from pydantic import SecretStr

from serving.credentials import ClientSettings
from serving.security.certificates import SAN_PREFIX
from serving.security.settings import TlsSettings


class Authority:
    """Signs certificates into a folder."""

    def __init__(self, folder: Path, name: str = "ca") -> None:
        self._ca, self._folder = trustme.CA(), folder
        self.path = folder / f"{name}.pem"
        self._ca.cert_pem.write_to_path(self.path)

    def sign(self, name: str, *identities: str, common_name: str | None = None) -> tuple[Path, Path]:
        """Return the files of a certificate and its key; those of the same name are replaced."""
        hosts = [each for each in identities if not each.startswith(SAN_PREFIX)]
        made = self._ca.issue_cert(*(hosts or ("renamed.example",)), common_name=common_name)
        certificate, key = self._folder / f"{name}.crt", self._folder / f"{name}.key"
        key.write_bytes(made.private_key_pem.bytes())
        chain = b"".join(each.bytes() for each in made.cert_chain_pems)
        certificate.write_bytes(chain if len(hosts) == len(identities) else self._named(chain, identities))
        return certificate, key

    def _named(self, chain: bytes, identities: Sequence[str]) -> bytes:
        """Return the certificate with other names: trustme issues none that name a tenant."""
        issued = x509.load_pem_x509_certificate(chain)
        names: list[x509.GeneralName] = [
            x509.UniformResourceIdentifier(each) if each.startswith(SAN_PREFIX) else x509.DNSName(each)
            for each in identities
        ]
        builder = x509.CertificateBuilder(
            issued.issuer,
            issued.subject,
            issued.public_key(),
            issued.serial_number,
            issued.not_valid_before_utc,
            issued.not_valid_after_utc,
        ).add_extension(x509.SubjectAlternativeName(names), critical=True)
        signing = load_pem_private_key(self._ca.private_key_pem.bytes(), None)
        assert isinstance(signing, ec.EllipticCurvePrivateKey)
        return builder.sign(signing, SHA256()).public_bytes(Encoding.PEM)

    def server(self, name: str = "server", client_ca: Path | None = None) -> TlsSettings:
        certificate, key = self.sign(name, "127.0.0.1", "localhost")
        return TlsSettings(certificate=certificate, private_key=key, client_ca=client_ca)

    def client(self, *identities: str, common_name: str | None = None, key: str | None = None) -> ClientSettings:
        """Return how a client calls who trusts this authority, with a certificate of these identities if any."""
        own = self.sign("client", *identities, common_name=common_name) if identities else (None, None)
        sent = None if key is None else SecretStr(key)
        return ClientSettings(ca=self.path, certificate=own[0], private_key=own[1], key=sent)
