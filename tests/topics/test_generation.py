"""Generations share the events and nothing else."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from topics.catalog import ACCEPTED, BEHAVIOR, DERIVED, TOPICS
from topics.changelogs import CHANGELOGS
from topics.generation import FIRST, Generation
from topics.topic import Topic

numbers = st.integers(0, 1000)


def test_what_agents_write_for_themselves_is_derived() -> None:
    assert set(DERIVED) == {ACCEPTED, *CHANGELOGS}


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.name)
def test_the_first_has_the_plain_names(topic: Topic) -> None:
    assert FIRST.of(topic) == topic
    assert FIRST.name(topic) == topic.name


@given(numbers, numbers)
def test_two_share_the_events_and_no_derived_topic(one: int, other: int) -> None:
    for topic in TOPICS:
        same = Generation(one).name(topic) == Generation(other).name(topic)
        assert same == (one == other or not topic.derived)
        assert Generation(one).of(topic).name == Generation(one).name(topic)
    assert Generation(one).name(BEHAVIOR) == BEHAVIOR.name


@given(numbers)
def test_all_generations_of_a_topic_carry_one_schema_and_one_configuration(number: int) -> None:
    for topic in TOPICS:
        made = Generation(number).of(topic)
        assert (made.subject, made.config(), made.record) == (topic.subject, topic.config(), topic.record)


@given(numbers, numbers)
def test_groups_and_folders_are_apart(one: int, other: int) -> None:
    first, second = Generation(one), Generation(other)
    assert (first.group("tideline") == second.group("tideline")) == (one == other)
    assert (first.folder(Path("rows")) == second.folder(Path("rows"))) == (one == other)
