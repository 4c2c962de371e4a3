"""The cache gives back what was put last, and never keeps more than its budget."""

from hypothesis import given
from hypothesis import strategies as st

from agents.runtime.cache import RowCache

uses = st.lists(st.tuples(st.sampled_from(["put", "get"]), st.integers(0, 9), st.integers(0, 4_000)), max_size=200)


@given(uses, st.integers(0, 20_000))
def test_a_row_is_the_one_put_last_or_none(steps: list[tuple[str, int, int]], budget: int) -> None:
    cache = RowCache(budget)
    space = cache.space()
    last: dict[bytes, object] = {}
    for number, (step, name, size) in enumerate(steps):
        key = b"%d" % name
        if step == "put":
            last[key] = number
            cache.put((space, key), number, size)
        else:
            assert cache.get((space, key)) in (None, last.get(key))


@given(st.integers(1_000, 50_000), st.integers(1, 3_000))
def test_the_budget_bounds_what_is_kept(budget: int, size: int) -> None:
    cache = RowCache(budget)
    space = cache.space()
    keys = [b"%d" % number for number in range(200)]
    for key in keys:
        cache.put((space, key), key, size)
    kept = [key for key in keys if cache.get((space, key)) is not None]
    assert len(kept) * size <= budget + size


def test_what_is_used_often_stays() -> None:
    cache = RowCache(100_000)
    space = cache.space()
    cache.put((space, b"hot"), "hot", 100)
    for number in range(1_000):
        cache.put((space, b"%d" % number), number, 100)
        assert cache.get((space, b"hot")) == "hot"
    assert cache.get((space, b"0")) is None


def test_spaces_are_apart() -> None:
    cache = RowCache(100_000)
    one, other = cache.space(), cache.space()
    cache.put((one, b"key"), "one", 1)
    assert cache.get((other, b"key")) is None


def test_a_row_written_again_takes_no_room_from_others() -> None:
    cache = RowCache(100_000)
    space = cache.space()
    cache.put((space, b"quiet"), "quiet", 100)
    for number in range(1_000):
        cache.put((space, b"busy"), number, 100)
    assert cache.get((space, b"quiet")) == "quiet"
    assert cache.get((space, b"busy")) == 999
