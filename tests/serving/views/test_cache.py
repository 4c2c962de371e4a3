"""A cache gives what would be made now, and makes it only where a version has changed or no room was left."""

from hypothesis import given
from hypothesis import strategies as st

from serving.views.cache import VersionedCache

uses = st.lists(st.tuples(st.sampled_from([b"a", b"b", b"c"]), st.integers(0, 2)), max_size=40)


@given(uses, st.integers(0, 4))
def test_what_is_given_is_of_the_version_that_is_asked_for(used: list[tuple[bytes, int]], most: int) -> None:
    cache: VersionedCache[tuple[bytes, int]] = VersionedCache(most)
    for key, version in used:
        assert cache.of(key, version, lambda key=key, version=version: (key, version)) == (key, version)  # type: ignore[misc]
        assert len(cache) <= most


@given(uses, uses, st.integers(0, 4))
def test_of_many_it_is_the_same(used: list[tuple[bytes, int]], asked: list[tuple[bytes, int]], most: int) -> None:
    alone: VersionedCache[tuple[bytes, int]] = VersionedCache(most)
    together: VersionedCache[tuple[bytes, int]] = VersionedCache(most)
    once = list({key: (key, version) for key, version in asked}.values())
    for cache in (alone, together):
        for key, version in used:
            cache.of(key, version, lambda key=key, version=version: (key, version))  # type: ignore[misc]
    versions = dict(once)
    assert together.of_all(once, lambda key: (key, versions[key])) == once
    for key, version in once:
        assert alone.of(key, version, lambda key=key, version=version: (key, version)) == (key, version)  # type: ignore[misc]
    assert len(alone) == len(together) <= most


def test_it_is_made_once_a_version() -> None:
    made: list[str] = []

    def make() -> int:
        made.append("once more")
        return len(made)

    cache: VersionedCache[int] = VersionedCache(2)
    assert [cache.of(b"a", 1, make), cache.of(b"a", 1, make), cache.of(b"a", 2, make)] == [1, 1, 2]


def test_what_was_used_longest_ago_goes_first() -> None:
    cache: VersionedCache[str] = VersionedCache(2)
    for key in (b"a", b"b", b"a", b"c"):
        cache.of(key, 0, key.decode)
    assert cache.of(b"a", 0, lambda: "made anew") == "a"
    assert cache.of(b"b", 0, lambda: "made anew") == "made anew"
