"""Headers: an origin is the same after any number of hops."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from topics.errors import InvalidOriginError
from topics.headers import Origin

topic_names = st.from_regex(r"[a-zA-Z0-9._-]{1,249}", fullmatch=True)


@given(origin=st.builds(Origin, topic_names, st.integers(0, 2**31 - 1), st.integers(0, 2**63 - 1)))
def test_an_origin_comes_back_as_it_was(origin: Origin) -> None:
    assert Origin.decode(origin.encode()) == origin


@given(header=st.binary(max_size=40).filter(lambda header: header.count(b"/") != 2))
def test_other_bytes_are_no_origin(header: bytes) -> None:
    with pytest.raises(InvalidOriginError):
        Origin.decode(header)


@pytest.mark.parametrize("header", [b"topic/x/1", b"topic/1/", b"topic//1", b"\xff/1/1"])
def test_an_origin_with_a_part_that_is_none_is_refused(header: bytes) -> None:
    with pytest.raises(InvalidOriginError):
        Origin.decode(header)
