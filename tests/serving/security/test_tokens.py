"""Tokens: good ones name their tenant; forged, foreign, expired and confused ones name nobody."""

from __future__ import annotations

import base64
import hmac
import json
import time
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from pydantic import ValidationError

from serving.errors import InvalidConfigError, UnauthenticatedError
from serving.security.caller import Caller, Doorkeeper
from serving.security.keyring import Keyring
from serving.security.settings import AuthSettings
from serving.security.tokens import MAX_TOKEN, Tokens
from tests.serving.security.test_keyring import change

OWN: Final = rsa.generate_private_key(65537, 2048)
OTHER: Final = rsa.generate_private_key(65537, 2048)
CURVE: Final = ec.generate_private_key(ec.SECP256R1())
PUBLIC: Final = OWN.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def claims(**others: Any) -> dict[str, Any]:
    now = int(time.time())
    good = {"iss": "https://issuer", "aud": "tideline", "exp": now + 600, "tenant": "acme"}
    return {name: value for name, value in (good | others).items() if value is not None}


def signed(key: Any = OWN, algorithm: str = "RS256", kid: str | None = None, **others: Any) -> str:
    return jwt.encode(claims(**others), key, algorithm, headers={"kid": kid} if kid else None)


def jwk(key: Any, kid: str) -> dict[str, Any]:
    algorithm = jwt.algorithms.RSAAlgorithm if isinstance(key, rsa.RSAPrivateKey) else jwt.algorithms.ECAlgorithm
    return {**algorithm.to_jwk(key.public_key(), as_dict=True), "kid": kid}


def tokens(folder: Path, keys: bytes | list[dict[str, Any]] = PUBLIC, **settings: Any) -> Tokens:
    path = folder / "keys"
    path.write_bytes(keys if isinstance(keys, bytes) else json.dumps({"keys": keys}).encode())
    given = {"jwt_keys": path, "jwt_issuer": "https://issuer", "jwt_audience": "tideline", **settings}
    return Tokens(AuthSettings(**given))


def raw(header: dict[str, Any], payload: dict[str, Any], sign: Callable[[bytes], bytes]) -> str:
    def part(content: bytes) -> bytes:
        return base64.urlsafe_b64encode(content).rstrip(b"=")

    content = part(json.dumps(header).encode()) + b"." + part(json.dumps(payload).encode())
    return (content + b"." + part(sign(content))).decode()


def test_a_good_token_names_its_tenant(tmp_path: Path) -> None:
    assert tokens(tmp_path).tenant(signed()) == "acme"
    assert tokens(tmp_path, jwt_tenant_claim="org").tenant(signed(org="globex")) == "globex"


def test_a_set_of_keys_is_asked_by_the_tokens_key_id(tmp_path: Path) -> None:
    found = tokens(tmp_path, [jwk(OWN, "one"), jwk(CURVE, "two")])
    assert found.tenant(signed(kid="one")) == "acme"
    assert found.tenant(signed(CURVE, "ES256", kid="two")) == "acme"
    for wrong in (signed(), signed(kid="three"), signed(kid="two"), signed(CURVE, "ES256", kid="one")):
        with pytest.raises(UnauthenticatedError):
            found.tenant(wrong)


def hs256_with_the_public_key() -> str:
    return raw({"alg": "HS256", "typ": "JWT"}, claims(), lambda content: hmac.digest(PUBLIC, content, sha256))


def tampered() -> str:
    header, _, signature = signed().split(".")
    other = base64.urlsafe_b64encode(json.dumps(claims(tenant="globex")).encode()).rstrip(b"=").decode()
    return f"{header}.{other}.{signature}"


ATTACKS: Final[dict[str, Callable[[], str]]] = {
    "alg none": lambda: raw({"alg": "none", "typ": "JWT"}, claims(), lambda _: b""),
    "alg None": lambda: raw({"alg": "None"}, claims(), lambda _: b""),
    "no alg": lambda: raw({"typ": "JWT"}, claims(), lambda _: b""),
    "HS256 with the public key": hs256_with_the_public_key,
    "another's key": lambda: signed(OTHER),
    "a key in its own header": lambda: jwt.encode(claims(), OTHER, "RS256", headers={"jwk": jwk(OTHER, "own")}),
    "an algorithm that is not allowed": lambda: signed(algorithm="RS512"),
    "another kind of key": lambda: signed(CURVE, "ES256"),
    "no signature": lambda: signed().rpartition(".")[0] + ".",
    "other claims": tampered,
    "wrong audience": lambda: signed(aud="another"),
    "no audience": lambda: signed(aud=None),
    "wrong issuer": lambda: signed(iss="https://elsewhere"),
    "no issuer": lambda: signed(iss=None),
    "expired": lambda: signed(exp=int(time.time()) - 60),
    "never expires": lambda: signed(exp=None),
    "not yet": lambda: signed(nbf=int(time.time()) + 600),
    "no tenant": lambda: signed(tenant=None),
    "no tenant's name": lambda: signed(tenant="Not A Tenant"),
    "a number": lambda: signed(tenant=7),
    "two tenants": lambda: signed(tenant=["acme", "globex"]),
    "no token": lambda: "a.b.c",
    "a key id that is no text": lambda: raw({"alg": "RS256", "kid": {"a": 1}}, claims(), lambda _: b""),
    "too long": lambda: signed(more="x" * MAX_TOKEN),
}


@pytest.mark.parametrize("attack", ATTACKS)
@pytest.mark.parametrize("keys", ["pem", "jwks"])
def test_what_is_not_good_is_nobodys(attack: str, keys: str, tmp_path: Path) -> None:
    found = tokens(tmp_path, PUBLIC if keys == "pem" else [{**jwk(OWN, "x"), "kid": ""}])
    assert found.tenant(signed()) == "acme"
    with pytest.raises(UnauthenticatedError):
        found.tenant(ATTACKS[attack]())


def test_a_doorkeeper_lets_tokens_and_keys_in(tmp_path: Path) -> None:
    keyring = Keyring()
    keyring.add([change("tide_key", "globex")])
    keeper = Doorkeeper(keyring, lambda: 0, (), tokens(tmp_path))
    assert keeper.caller(f"Bearer {signed()}", None) == Caller("acme")
    assert keeper.caller("Bearer tide_key", None) == Caller("globex")
    for wrong in (signed(OTHER), hs256_with_the_public_key(), "tide_other"):
        with pytest.raises(UnauthenticatedError):
            keeper.caller(f"Bearer {wrong}", "acme")


def test_clocks_may_differ_by_the_leeway(tmp_path: Path) -> None:
    assert tokens(tmp_path, jwt_leeway_s=120).tenant(signed(exp=int(time.time()) - 60)) == "acme"


@pytest.mark.parametrize("algorithm", ["none", "HS256", "HS512", ""])
def test_what_is_no_signature_by_a_private_key_cannot_be_allowed(algorithm: str) -> None:
    with pytest.raises(ValidationError):
        AuthSettings(jwt_algorithms=(algorithm,))


def test_tokens_are_bound_to_an_issuer_and_an_audience(tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match="TIDELINE_AUTH_JWT_AUDIENCE"):
        AuthSettings(jwt_keys=tmp_path, jwt_issuer="https://issuer")


@pytest.mark.parametrize(
    "keys",
    [
        b"",
        b"{}",
        b'{"keys": []}',
        b'{"keys": [7]}',
        b'{"keys": [{"kty": "oct", "k": "c2VjcmV0"}]}',
        json.dumps({"keys": [jwt.algorithms.RSAAlgorithm.to_jwk(OWN, as_dict=True)]}).encode(),
        json.dumps({"keys": [jwk(OWN, "a"), jwk(OTHER, "a")]}).encode(),
        OWN.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
        b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n",
    ],
)
def test_a_file_without_public_keys_is_refused(keys: bytes, tmp_path: Path) -> None:
    with pytest.raises(InvalidConfigError, match="keys: "):
        tokens(tmp_path, keys)


def test_keys_that_were_changed_count_at_once_and_broken_ones_leave_the_old(tmp_path: Path) -> None:
    found = tokens(tmp_path, [jwk(OWN, "one")])
    old, new = signed(kid="one"), signed(OTHER, kid="two")
    (tmp_path / "keys").write_text("{")
    assert found.tenant(old) == "acme"
    (tmp_path / "keys").write_text(json.dumps({"keys": [jwk(OTHER, "two")]}))
    assert found.tenant(new) == "acme"
    with pytest.raises(UnauthenticatedError):
        found.tenant(old)
