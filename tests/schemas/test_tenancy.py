"""Keys: canonical, injective, and never a way to write into another tenant."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from schemas.errors import InvalidFieldError
from schemas.tenancy import (
    MAX_ID_BYTES,
    TenantKey,
    check_id,
    check_tenant,
    chunk_key,
    chunk_prefix,
    split_chunk_key,
)
from tests.strategies import ids, tenant_keys, tenants


@given(tenant_keys())
def test_decoding_gives_back_the_key(key: TenantKey) -> None:
    assert TenantKey.decode(key.encode()) == key


@given(st.binary() | tenant_keys().map(TenantKey.encode))
def test_bytes_are_canonical(data: bytes) -> None:
    """What decodes, encodes to the same bytes: no two keys, and no two spellings, for one partition and row."""
    try:
        key = TenantKey.decode(data)
    except InvalidFieldError:
        return
    assert key.encode() == data


@given(tenant_keys(), tenant_keys())
def test_two_keys_have_two_encodings(one: TenantKey, other: TenantKey) -> None:
    assert (one.encode() == other.encode()) == (one == other)


@given(tenants(), ids(), ids())
def test_a_slash_in_an_id_leads_into_no_other_tenant(tenant: str, left: str, right: str) -> None:
    assume(len(f"{left}/{right}".encode()) <= MAX_ID_BYTES)
    key = TenantKey(tenant, f"{left}/{right}")
    assert TenantKey.decode(key.encode()) == key


@given(tenant_keys(), st.text(st.characters(codec="utf-8"), max_size=10))
def test_a_chunk_key_splits_into_its_parts(key: TenantKey, chunk: str) -> None:
    row_key = chunk_key(key.encode(), chunk)
    assert split_chunk_key(row_key) == (key.encode(), chunk)
    assert split_chunk_key(key.encode()) == (key.encode(), "")


@given(tenant_keys(), tenant_keys(), st.text("0123456789abcdef", max_size=8))
def test_a_chunk_prefix_is_of_one_key_alone(one: TenantKey, other: TenantKey, chunk: str) -> None:
    assume(one != other)
    assert chunk_key(one.encode(), chunk).startswith(chunk_prefix(one.encode()))
    assert not chunk_key(other.encode(), chunk).startswith(chunk_prefix(one.encode()))


@pytest.mark.parametrize(
    "tenant", ["", "A", "-a", ".a", "a" * 64, "a/b", "a\x00", "a\n", "a b", "é", "a" * 100_000, None, 7, ["a"], b"a"]
)
def test_a_bad_tenant_is_refused(tenant: str) -> None:
    with pytest.raises(InvalidFieldError) as caught:
        check_tenant(tenant)
    assert caught.value.field == "tenant_id"
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize(
    ("identity", "why"),
    [
        ("", "empty"),
        ("a\x00b", "control"),
        ("a\nb", "control"),
        ("\x1b[31m", "control"),
        ("a\u200bb", "printable"),
        ("\ud800", "control"),
        ("x" * 257, "at most 256"),
        ("é" * 129, "at most 256 bytes"),
        ("x" * 10_000, "at most 256"),
        (None, "must be text, not NoneType"),
        (7, "must be text, not int"),
        (b"a", "must be text, not bytes"),
    ],
)
def test_a_bad_id_is_refused(identity: str, why: str) -> None:
    with pytest.raises(InvalidFieldError, match=why) as caught:
        check_id(identity, "user_id")
    assert caught.value.field == "user_id"
    with pytest.raises(InvalidFieldError, match=why):
        TenantKey("t", identity).encode()


@pytest.mark.parametrize("key", [b"", b"t", b"/u", b"t/", b"T/u", b"t/\xff", b"t/a\x00b"])
def test_bytes_that_are_no_key_are_refused(key: bytes) -> None:
    with pytest.raises(InvalidFieldError):
        TenantKey.decode(key)


@pytest.mark.parametrize("identity", ["x" * 256, "é" * 128, "a b", "a/b", "ü", "用户"])
def test_a_good_id_is_kept(identity: str) -> None:
    assert check_id(identity, "user_id") == identity
