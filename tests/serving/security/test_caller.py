"""Who calls, and what they may: an operator administers, a tenant acts for itself, nobody else does anything."""

from __future__ import annotations

from collections.abc import Collection

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from serving.errors import NotReadyError, PermissionDeniedError, UnauthenticatedError
from serving.security.caller import ADMIN, FOR_OPERATORS, OPERATOR, Caller, Doorkeeper, check_access
from serving.security.keyring import Keyring, key_hash, new_key
from serving.security.settings import AuthSettings
from tests.serving.security.test_keyring import change

OPERATORS = new_key()
RECOMMEND = "/recommender.v1.RecommendService/Recommend"


def doorkeeper(now: int = 0, operators: Collection[str] = (OPERATORS,)) -> Doorkeeper:
    keyring = Keyring()
    keyring.add([change("good"), change("newer", ended=["id of good"], until=1_000)])
    return Doorkeeper(keyring, lambda: now, [key_hash(operator) for operator in operators])


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_a_key_says_who_calls(scheme: str) -> None:
    assert doorkeeper().caller(f"{scheme} good", None) == Caller("t")
    assert doorkeeper().caller(f"{scheme} {OPERATORS}", None) == OPERATOR


@pytest.mark.parametrize(
    "sent", ["", "good", "Basic good", "Bearer", "Bearer ", "Bearer good good", "Bearer wrong", "Bearer a.b.c"]
)
def test_whatever_is_no_key_is_nobodys_even_with_a_certificate(sent: str) -> None:
    with pytest.raises(UnauthenticatedError):
        doorkeeper().caller(sent, "t")


@given(st.text(max_size=60))
def test_no_text_lets_anybody_in_by_chance(sent: str) -> None:
    for authorization in (sent, f"Bearer {sent}"):
        if sent.strip() != "good":
            with pytest.raises(UnauthenticatedError):
                doorkeeper().caller(authorization, None)


def test_without_a_key_a_certificate_decides() -> None:
    assert doorkeeper().caller(None, "acme") == Caller("acme")
    with pytest.raises(UnauthenticatedError):
        doorkeeper().caller(None, None)


def test_an_ended_key_is_refused() -> None:
    assert doorkeeper(999).caller("Bearer good", None) == Caller("t")
    with pytest.raises(UnauthenticatedError):
        doorkeeper(1_000).caller("Bearer good", None)


def test_without_operators_nobody_is_one() -> None:
    with pytest.raises(UnauthenticatedError):
        doorkeeper(operators=[]).caller(f"Bearer {OPERATORS}", None)


def test_operators_change_their_key_without_a_gap() -> None:
    first, second = new_key(), new_key()
    settings = AuthSettings(operator_key_sha256=f"{key_hash(first)},{key_hash(second)}")
    keeper = Doorkeeper(Keyring(), lambda: 0, settings.operators)
    for key in (first, second):
        assert keeper.caller(f"Bearer {key}", None) == OPERATOR
    for wrong in (first, f"{key_hash(first)} ", f"{key_hash(first)},", f"x{key_hash(first)}"):
        with pytest.raises(ValidationError):
            AuthSettings(operator_key_sha256=wrong)


def test_before_the_keys_were_read_no_key_is_called_wrong() -> None:
    with pytest.raises(NotReadyError):
        Doorkeeper(Keyring(), lambda: 0).caller("Bearer good", None)


@pytest.mark.parametrize(
    ("caller", "method", "tenant", "may"),
    [
        (Caller("a"), RECOMMEND, "a", True),
        (Caller("a"), RECOMMEND, "b", False),
        (Caller("a"), RECOMMEND, None, False),
        (Caller("a"), f"{ADMIN}RotateKey", "a", True),
        (Caller("a"), f"{ADMIN}RotateKey", "b", False),
        (Caller("a"), f"{ADMIN}CreateTenant", "a", False),
        (Caller("a"), f"{ADMIN}ListTenants", None, False),
        (OPERATOR, f"{ADMIN}ListTenants", None, True),
        (OPERATOR, f"{ADMIN}CreateTenant", "b", True),
        (OPERATOR, f"{ADMIN}RotateKey", "b", True),
        (OPERATOR, RECOMMEND, "a", False),
    ],
)
def test_who_may_do_what(caller: Caller, method: str, tenant: str | None, may: bool) -> None:
    if may:
        check_access(caller, method, tenant)
        return
    with pytest.raises(PermissionDeniedError):
        check_access(caller, method, tenant)


def test_methods_for_operators_exist() -> None:
    from serving.api.recommender.v1 import admin_pb2

    service = admin_pb2.DESCRIPTOR.services_by_name["AdminService"]
    assert {f"/{service.full_name}/{name}" for name in service.methods_by_name} > FOR_OPERATORS
