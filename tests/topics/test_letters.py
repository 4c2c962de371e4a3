"""Open letters are letters less resolutions, as sets: order, repetition and strangers in the log change nothing."""

from collections.abc import Sequence
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from schemas.loading import local_codecs
from schemas.records import DeadLetter, DeadLetterResolution
from tests.strategies import dead_letters as any_letters
from tests.strategies import few, times
from tests.topics.logbook import Log, reader_of
from topics.catalog import BEHAVIOR, ITEM_CHANGE, RESOLUTIONS, SOURCES, dead_letters
from topics.errors import UnknownTopicError
from topics.generation import Generation
from topics.letters import SUBJECTS, DeadLetters, Filter, origin_of, source_named, tenant_of
from topics.offsets import Partition
from topics.topic import Topic

CODECS = local_codecs(SUBJECTS)
LETTER = DeadLetter("undecodable", "why", BEHAVIOR.name, 1, 7, 1000, key=b"acme/u1")

colliding = st.builds(
    lambda letter, partition, offset: replace(letter, topic=BEHAVIOR.name, partition=partition, offset=offset),
    any_letters(),
    st.integers(0, 1),
    st.integers(0, 3),
)


def resolution(letter: DeadLetter) -> DeadLetterResolution:
    return DeadLetterResolution(letter.topic, letter.partition, letter.offset, outcome="dropped", resolved_at=1)


def letters_in(letters: Sequence[DeadLetter], resolutions: Sequence[DeadLetterResolution]) -> DeadLetters:
    queue = dead_letters(BEHAVIOR)
    log: Log = {}
    for letter in letters:
        log.setdefault(Partition(queue.name, letter.partition), []).append((None, CODECS.of(queue).encode(letter)))
    written = [(None, CODECS.of(RESOLUTIONS).encode(each)) for each in resolutions]
    return DeadLetters(reader_of({**log, Partition(RESOLUTIONS.name, 0): [*written]}, partitions=2), CODECS)


@given(st.lists(colliding, max_size=8), st.lists(colliding, max_size=4), st.randoms())
def test_open_letters_are_a_difference_of_sets(
    letters: list[DeadLetter], closed: list[DeadLetter], chance: Random
) -> None:
    resolutions = [resolution(letter) for letter in [*closed, *closed[:1]]]
    chance.shuffle(resolutions)
    found = list(letters_in([*letters, *letters], resolutions).find(Filter()))
    places = [origin_of(letter) for letter in found]
    assert len(set(places)) == len(places)
    assert set(places) == {origin_of(letter) for letter in letters} - {origin_of(letter) for letter in closed}
    everything = letters_in(letters, resolutions).find(Filter(), resolved=True)
    assert {origin_of(letter) for letter in everything} == {origin_of(letter) for letter in letters}


@given(
    colliding,
    st.none() | few("reason", 4),
    st.none() | times(),
    st.none() | times(),
    st.none() | st.integers(0, 1),
    st.none() | st.integers(0, 3),
)
def test_a_filter_is_the_conjunction_of_its_conditions(
    letter: DeadLetter,
    reason: str | None,
    since: int | None,
    until: int | None,
    partition: int | None,
    offset: int | None,
) -> None:
    wanted = Filter((BEHAVIOR,), frozenset([reason] if reason else []), None, since, until, partition, offset)
    assert wanted.admits(letter) == all(
        [
            reason in (None, letter.reason),
            since is None or since <= letter.timestamp,
            until is None or letter.timestamp < until,
            partition in (None, letter.partition),
            offset in (None, letter.offset),
        ]
    )
    found = list(letters_in([letter], []).find(wanted))
    assert found == ([letter] if wanted.admits(letter) else [])


@pytest.mark.parametrize(
    ("key", "tenant"),
    [(b"acme/u1", "acme"), (b"acme/", "acme"), (b"acme", None), (None, None), (b"\xff/u", None), (b"A B/u", None)],
)
def test_a_tenant_is_read_from_any_key_or_is_none(key: bytes | None, tenant: str | None) -> None:
    letter = replace(LETTER, key=key)
    assert tenant_of(letter) == tenant
    assert Filter(tenant="acme").admits(letter) == (tenant == "acme")


def test_what_a_stranger_wrote_is_passed_over_and_told(caplog: pytest.LogCaptureFixture) -> None:
    queue = dead_letters(BEHAVIOR)
    good = CODECS.of(queue).encode(LETTER)
    log: Log = {Partition(queue.name, 1): [(None, b"who am I"), (None, None), (None, good[:-1]), (None, good)]}
    assert list(DeadLetters(reader_of(log, partitions=2), CODECS).find(Filter())) == [LETTER]
    assert [f"offset {number} is passed over" in caplog.text for number in range(4)] == [True, True, True, False]


def test_a_source_is_named_by_itself_or_by_its_letters() -> None:
    assert source_named("item.change.v1") is source_named("item.change.v1.dlq") is ITEM_CHANGE
    with pytest.raises(UnknownTopicError, match=r"not from 'item\.table\.v1'"):
        source_named("item.table.v1")


@pytest.mark.parametrize("topic", SOURCES, ids=lambda topic: topic.name)
def test_a_source_is_found_by_the_name_that_a_letter_of_any_generation_gives(topic: Topic) -> None:
    for generation in (Generation(0), Generation(12)):
        assert source_named(generation.name(topic)) is topic
    assert source_named(dead_letters(topic).name) is topic
    with pytest.raises(UnknownTopicError, match="letters come from"):
        source_named(f"{topic.name}.gx")
