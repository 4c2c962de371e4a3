"""TLS of the HTTP entry: a certificate that was renewed is shown to the next connection."""

import ssl
from collections.abc import Sequence
from typing import Any

import uvicorn

from serving.security.certificates import certificates_of
from serving.security.reloaded import Reloaded
from serving.security.settings import TlsSettings


def seal(config: uvicorn.Config, tls: TlsSettings) -> None:
    """Let the server that the configuration makes speak TLS, if the settings say so.

    Raises InvalidConfigError if the files do not fit. Who signs clients' certificates is read at start only: OpenSSL
    keeps what it verifies with when the certificate of a connection is replaced.
    """
    if tls.certificate is None or tls.private_key is None:
        return
    certificate, private_key, client_ca = str(tls.certificate), str(tls.private_key), tls.client_ca

    def made(files: Sequence[bytes]) -> ssl.SSLContext:
        certificates_of(files)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, private_key)
        if client_ca is not None:
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(str(client_ca))
        return context

    contexts = Reloaded([tls.certificate, tls.private_key, *([client_ca] if client_ca else [])], made)
    config.load()
    config.ssl = contexts.get()
    config.ssl.sni_callback = lambda connection, *_: _renew(connection, contexts)  # asked for each new connection


def _renew(connection: Any, contexts: Reloaded[ssl.SSLContext]) -> None:
    connection.context = contexts.get()
