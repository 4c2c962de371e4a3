"""Catalog: what stands in it hangs together."""

import re

import pytest

from topics.catalog import (
    EVENTS,
    EXAMPLES,
    GENERATIONS,
    ITEM_VECTORS,
    MODEL_RELEASES,
    REFRESHED,
    SOURCES,
    TOPICS,
    USER_VECTORS,
    VECTOR_SETS,
    dead_letters,
    topic_named,
)
from topics.changelogs import CHANGELOGS
from topics.errors import UnknownTopicError
from topics.routes import event_type
from topics.topic import Cleanup


def test_names_are_versioned_and_unique() -> None:
    names = [topic.name for topic in TOPICS]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[a-z_.]+\.v\d+(\.dlq)?", name) for name in names)


def test_every_source_has_its_dead_letters_and_no_other_topic_has() -> None:
    letters = [topic for topic in TOPICS if topic.name.endswith(".dlq")]
    assert letters == [dead_letters(topic) for topic in SOURCES]
    assert all(
        letter.max_record_bytes > topic.max_record_bytes for letter, topic in zip(letters, SOURCES, strict=True)
    )


def test_only_what_has_a_latest_state_is_compacted() -> None:
    assert [topic for topic in TOPICS if topic.cleanup is Cleanup.COMPACT] == [
        GENERATIONS,
        MODEL_RELEASES,
        REFRESHED,
        EXAMPLES,
        ITEM_VECTORS,
        USER_VECTORS,
        VECTOR_SETS,
        *CHANGELOGS,
    ]


def test_events_carry_the_brokers_time_and_their_own_type() -> None:
    for topic in EVENTS:
        assert topic.log_append_time
        assert event_type(topic.name) is topic.record


def test_topics_are_found_by_name_only() -> None:
    assert all(topic_named(topic.name) is topic for topic in TOPICS)
    with pytest.raises(UnknownTopicError, match=re.escape("behavior.event.v1")):
        topic_named("nowhere")
