"""Keys: told apart by their hashes, good until they end, and never known before they were read."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.tenant_records import TenantChange
from serving.errors import NotReadyError
from serving.security.keyring import Keyring, key_hash, new_key
from tests.tenant_strategies import tenant_changes


def change(key: str, tenant: str = "t", ended: list[str] | None = None, until: int | None = None) -> TenantChange:
    return TenantChange(f"event of {key}", tenant, "rotated", 0, f"id of {key}", key_hash(key), "", ended or [], until)


def test_keys_are_long_random_and_plain() -> None:
    keys = {new_key() for _ in range(100)}
    assert len(keys) == 100
    for key in keys:
        assert len(key) == 48
        assert key.isascii()
        assert "." not in key, "what has dots is a token"


def test_a_key_is_whose_it_is_and_any_other_text_nobodys() -> None:
    keyring = Keyring()
    keyring.add([change("one", "a"), change("two", "b")])
    assert (keyring.tenant("one", 0), keyring.tenant("two", 0)) == ("a", "b")
    for wrong in ("", "One", "one ", key_hash("one"), "id of one", "\ud800", "x" * 100_000):
        assert keyring.tenant(wrong, 0) is None


def test_an_ended_key_is_refused_from_its_end_on() -> None:
    keyring = Keyring()
    keyring.add([change("old"), change("new", ended=["id of old"], until=1_000)])
    assert [keyring.tenant("old", now) for now in (999, 1_000, 2_000)] == ["t", None, None]
    assert keyring.tenant("new", 2_000) == "t"


def test_before_anything_was_read_no_key_is_called_wrong() -> None:
    keyring = Keyring()
    with pytest.raises(NotReadyError):
        keyring.tenant("any", 0)
    keyring.add([])
    assert keyring.tenant("any", 0) is None


@given(
    st.lists(tenant_changes(), max_size=10, unique_by=lambda each: each.event_id),
    st.integers(0, 2**41),
    st.integers(0, 99),
)
def test_how_changes_come_in_makes_no_difference(changes: list[TenantChange], now: int, seed: int) -> None:
    whole, parts = Keyring(), Keyring()
    whole.add(changes)
    parts.add([])
    again = [*changes, *changes]
    Random(seed).shuffle(again)
    for each in again:
        parts.add([each])
    assert whole._keys == parts._keys
