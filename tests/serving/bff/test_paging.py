"""Page tokens: what was issued is read again, and nothing else is."""

import base64
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.errors import InvalidFieldError
from serving.bff.paging import MAX_PAGED, MAX_TOKEN, List, PageTokens

OF = List("acme", "u", "default")
ids = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=64)
names = st.sampled_from(["a", "b", "ab", "a\u00e4"])
lists = st.builds(List, names, names, names)


@given(lists, st.lists(ids, min_size=1, max_size=40), st.binary(max_size=8))
def test_what_was_issued_is_read_again_by_any_server_with_the_key(of: List, shown: list[str], key: bytes) -> None:
    token = PageTokens(key).issue(of, shown)
    assert PageTokens(key).shown(of, token) == tuple(shown)
    assert token.isascii()


@given(lists, lists, st.lists(ids, min_size=1, max_size=5), st.sampled_from([b"", b"key"]))
def test_another_list_or_another_key_is_refused(of: List, other: List, shown: list[str], key: bytes) -> None:
    token = PageTokens(b"key").issue(of, shown)
    if (of, b"key") == (other, key):
        return
    with pytest.raises(InvalidFieldError, match="page_token"):
        PageTokens(key).shown(other, token)


@given(st.lists(ids, min_size=1, max_size=5), st.data())
def test_a_token_that_was_changed_is_refused(shown: list[str], data: st.DataObject) -> None:
    raw = bytearray(base64.urlsafe_b64decode(PageTokens(b"key").issue(OF, shown)))
    raw[data.draw(st.integers(0, len(raw) - 1))] ^= data.draw(st.integers(1, 255))
    with pytest.raises(InvalidFieldError, match="page_token"):
        PageTokens(b"key").shown(OF, base64.urlsafe_b64encode(raw).decode())


@given(st.text(min_size=1, max_size=80))
def test_what_is_no_token_is_refused(text: str) -> None:
    with pytest.raises(InvalidFieldError, match="page_token"):
        PageTokens(b"").shown(OF, text)


def test_a_list_ends_where_its_token_would_be_too_long() -> None:
    tokens = PageTokens(b"key")
    assert tokens.issue(OF, [str(n) for n in range(MAX_PAGED)])
    assert not tokens.issue(OF, [str(n) for n in range(MAX_PAGED + 1)])
    random = ["".join(chr(0x4E00 + (n * 7919 + k * 104_729) % 20_000) for k in range(80)) for n in range(900)]
    assert len(tokens.issue(OF, random)) <= MAX_TOKEN


@pytest.mark.parametrize("text", ["\0".join(map(str, range(MAX_PAGED + 1))), "a" * (1 << 24), b"\xff"])
def test_without_a_key_a_forged_one_is_bounded(text: str | bytes) -> None:
    """Whoever knows that there is no key can sign; the server must not unpack a gigabyte for him."""
    tokens = PageTokens(b"")
    packed = zlib.compress(text if isinstance(text, bytes) else text.encode())
    forged = base64.urlsafe_b64encode(b"\x01" + tokens._mac(OF, packed) + packed).decode()
    with pytest.raises(InvalidFieldError, match="page_token"):
        tokens.shown(OF, forged)
