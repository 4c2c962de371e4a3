"""Applying the catalog to a broker: twice is once, drift is repaired, partitions stay."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import count

import pytest
from confluent_kafka.admin import AdminClient, AlterConfigOpType, ConfigEntry, ConfigResource, ResourceType
from tenacity import Retrying, retry_if_result, stop_after_delay

from topics.admin import TopicAdmin
from topics.catalog import TOPICS
from topics.changelogs import ITEM
from topics.errors import BrokerUnavailableError, TopicMismatchError
from topics.plan import Configure, Create
from topics.settings import KafkaSettings
from topics.topic import Cleanup, Topic

_NUMBERS = count()


@pytest.fixture
def topic() -> Topic:
    return Topic(f"applied-{next(_NUMBERS)}.table.v1", ITEM.record, key="", doc="", cleanup=Cleanup.COMPACT)


@pytest.fixture(scope="session")
def topic_admin(kafka: KafkaSettings) -> TopicAdmin:
    return TopicAdmin(kafka)


@pytest.mark.integration
class TestOnTheBroker:
    def test_the_whole_catalog_is_created_and_then_as_declared(self, topic_admin: TopicAdmin) -> None:
        topic_admin.apply(topic_admin.plan(TOPICS))
        assert topic_admin.plan(TOPICS).steps == []
        existing = topic_admin.existing()
        assert {existing[topic.name].partitions for topic in TOPICS} == {4}

    def test_a_created_topic_compacts_only(self, topic_admin: TopicAdmin, topic: Topic) -> None:
        plan = topic_admin.plan([topic])
        assert [type(step) for step in plan.steps] == [Create]
        topic_admin.apply(plan)
        config = topic_admin.existing()[topic.name].config
        assert (config["cleanup.policy"], config["retention.ms"]) == ("compact", "-1")

    def test_drift_is_repaired(self, topic_admin: TopicAdmin, admin: AdminClient, topic: Topic) -> None:
        topic_admin.apply(topic_admin.plan([topic]))
        drift = ConfigEntry("cleanup.policy", "delete", incremental_operation=AlterConfigOpType.SET)
        resource = ConfigResource(ResourceType.TOPIC, topic.name, incremental_configs=[drift])
        # The broker shows a change a moment after the controller confirms it.
        until_shown = Retrying(retry=retry_if_result(lambda plan: not plan.steps), stop=stop_after_delay(10))
        for _ in range(5):
            admin.incremental_alter_configs([resource])[resource].result(10)
            plan = until_shown(topic_admin.plan, [topic])
            assert plan.steps == [Configure(topic.name, {"cleanup.policy": "compact"}, {"cleanup.policy": "delete"})]
            topic_admin.apply(plan)
            assert topic_admin.plan([topic]).steps == []

    def test_another_number_of_partitions_refuses_the_whole_plan(
        self, kafka: KafkaSettings, topic_admin: TopicAdmin, topic: Topic
    ) -> None:
        topic_admin.apply(topic_admin.plan([topic]))
        wider = TopicAdmin(kafka.model_copy(update={"partitions": 8}))
        new = Topic(f"new-{topic.name}", topic.record, key="", doc="")
        with pytest.raises(TopicMismatchError, match=f"{topic.name} has 4 partitions, not 8"):
            wider.apply(wider.plan([new, topic]))
        existing = topic_admin.existing()
        assert existing[topic.name].partitions == 4
        assert new.name not in existing

    def test_a_deleted_topic_may_be_made_anew(self, topic_admin: TopicAdmin, topic: Topic) -> None:
        for _ in range(2):
            topic_admin.apply(topic_admin.plan([topic]))
            assert topic.name in topic_admin.existing()
            topic_admin.delete([topic.name, "never-there"])
            assert topic.name not in topic_admin.existing()

    def test_topics_that_go_while_they_are_asked_for_are_no_error(
        self, kafka: KafkaSettings, topic_admin: TopicAdmin, make_topic: Callable[..., str]
    ) -> None:
        names = [make_topic() for _ in range(5)]
        asking = TopicAdmin(kafka)
        with ThreadPoolExecutor(1) as pool:
            deleting = pool.submit(topic_admin.delete, names)
            while not deleting.done():
                asking.existing()
            deleting.result()
        assert not set(names) & asking.existing().keys()

    def test_other_topics_are_listed_and_left(self, topic_admin: TopicAdmin, make_topic: Callable[..., str]) -> None:
        other = make_topic(partitions=3)
        plan = topic_admin.plan(TOPICS)
        assert other in plan.unknown
        topic_admin.apply(plan)
        assert topic_admin.existing()[other].partitions == 3


def test_an_unreachable_broker_is_named_as_such() -> None:
    with pytest.raises(BrokerUnavailableError, match="could not list the topics"):
        TopicAdmin(KafkaSettings(bootstrap_servers="127.0.0.1:1"), timeout_s=0.5).existing()
