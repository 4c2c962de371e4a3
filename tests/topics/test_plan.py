"""Plan: exactly the difference, and nothing that would cost rows."""

from hypothesis import given
from hypothesis import strategies as st

from topics.catalog import BEHAVIOR, TOPICS
from topics.plan import Configure, Create, Existing, Layout, Mismatch, declared_config, make_plan
from topics.topic import Cleanup, Topic

LAYOUT = Layout(partitions=4, replication_factor=3)


def as_declared(topic: Topic, **changed: str) -> Existing:
    config = {"segment.ms": "604800000", **declared_config(topic, 3)}
    return Existing(4, 3, config | {name.replace("_", "."): value for name, value in changed.items()})


@given(present=st.sets(st.sampled_from([topic.name for topic in TOPICS])))
def test_what_is_missing_is_created_in_order_and_the_rest_left(present: set[str]) -> None:
    existing = {topic.name: as_declared(topic) for topic in TOPICS if topic.name in present}
    plan = make_plan(TOPICS, existing, LAYOUT)
    assert [step.name for step in plan.steps] == [topic.name for topic in TOPICS if topic.name not in present]
    for step in plan.steps:
        assert isinstance(step, Create)
        assert (step.partitions, step.replication_factor) == (4, 3)
        assert step.config == declared_config(step.topic, 3)


def test_drift_is_set_back_and_only_drift() -> None:
    existing = {BEHAVIOR.name: as_declared(BEHAVIOR, retention_ms="604800000")}
    plan = make_plan([BEHAVIOR], existing, LAYOUT)
    assert plan.steps == [Configure(BEHAVIOR.name, {"retention.ms": "-1"}, {"retention.ms": "604800000"})]
    assert plan.mismatches == []


@given(partitions=st.integers(1, 100).filter(lambda number: number != 4))
def test_another_number_of_partitions_is_refused_with_the_reason(partitions: int) -> None:
    existing = {BEHAVIOR.name: as_declared(BEHAVIOR, retention_ms="1")._replace(partitions=partitions)}
    plan = make_plan([BEHAVIOR], existing, LAYOUT)
    assert plan.steps == plan.mismatches
    (step,) = plan.mismatches
    assert isinstance(step, Mismatch)
    assert f"has {partitions} partitions, not 4" in step.why
    assert f"TIDELINE_KAFKA_PARTITIONS={partitions}" in step.why


def test_a_topic_that_fixes_its_own_number_keeps_it() -> None:
    (step,) = make_plan([Topic("one", BEHAVIOR.record, key="", doc="", partitions=1)], {}, LAYOUT).steps
    assert isinstance(step, Create)
    assert step.partitions == 1


def test_unknown_topics_are_listed_without_kafkas_own() -> None:
    other = as_declared(BEHAVIOR)
    plan = make_plan([], {"theirs": other, "__consumer_offsets": other, "another": other}, LAYOUT)
    assert (plan.steps, plan.unknown) == ([], ["another", "theirs"])


@given(copies=st.integers(1, 5))
def test_one_lost_broker_never_stops_writers_where_there_are_others(copies: int) -> None:
    in_sync = int(declared_config(BEHAVIOR, copies)["min.insync.replicas"])
    assert 1 <= in_sync <= max(1, copies - 1)
    assert (in_sync >= 2) == (copies >= 3)


def test_events_are_kept_for_ever_and_changelogs_never_deleted_by_age() -> None:
    for topic in TOPICS:
        config = declared_config(topic, 3)
        assert (config["retention.ms"], config["retention.bytes"]) == ("-1", "-1")
        assert config["cleanup.policy"] == ("compact" if topic.cleanup is Cleanup.COMPACT else "delete")
