"""The broker's topics: as they are, and as declared once a plan is applied."""

from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from typing import Any, Final

from confluent_kafka import TopicCollection
from confluent_kafka.admin import (
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    NewTopic,
    ResourceType,
    TopicDescription,
)
from tenacity import RetryCallState, Retrying, retry_if_exception_type, retry_if_result, stop_after_delay, wait_fixed

from topics.broker import REQUEST_TIMEOUT_S, broker_errors
from topics.errors import BrokerUnavailableError, MissingTopicError, TopicMismatchError
from topics.plan import Configure, Create, Existing, Layout, Plan, make_plan
from topics.settings import KafkaSettings
from topics.topic import Topic


class TopicAdmin:
    """Compares and changes topics. Methods raise BrokerUnavailableError or BrokerRefusedError, as they say."""

    def __init__(self, settings: KafkaSettings, timeout_s: float = REQUEST_TIMEOUT_S) -> None:
        """Make the client; `timeout_s` is how long one request may take."""
        self._layout: Final = Layout(settings.partitions, settings.replication_factor)
        self._timeout_s = timeout_s
        # Kept for as long as futures of it are pending: a client that is collected never completes them.
        self._client = AdminClient(settings.client_config())

    def plan(self, declared: Sequence[Topic]) -> Plan:
        """Return what `apply` would do to make the broker's topics as declared."""
        return make_plan(declared, self.existing(), self._layout)

    def existing(self) -> dict[str, Existing]:
        """Return all of the broker's topics by name."""
        # One that is deleted between the two questions is asked for in vain: then both are asked again.
        return self._until_known(self._listed)

    def _listed(self) -> dict[str, Existing]:
        with broker_errors("list the topics"):
            names = list(self._client.list_topics(timeout=self._timeout_s).topics)
        return self._described(names) if names else {}

    def apply(self, plan: Plan) -> None:
        """Do what the plan says, and return when every new topic can be used and another plan would be empty.

        Raises TopicMismatchError, with nothing done, if the plan holds a mismatch, and BrokerUnavailableError if the
        broker does not show what was done when the time of a request is over.
        """
        if plan.mismatches:
            raise TopicMismatchError("\n".join(f"{step.name} {step.why}" for step in plan.mismatches))
        self._create([step for step in plan.steps if isinstance(step, Create)])
        self._configure([step for step in plan.steps if isinstance(step, Configure)])

    def delete(self, names: Iterable[str]) -> None:
        """Delete those of the topics that there are, and return when they are gone and may be made anew.

        Raises BrokerUnavailableError if they are still there when the time of a request is over.
        """
        if not (found := set(names) & self.existing().keys()):
            return
        for name, future in self._client.delete_topics(sorted(found), operation_timeout=self._timeout_s).items():
            with broker_errors(f"delete topic {name}"):
                future.result()
        self._until_none("deleted", lambda: found & self.existing().keys())

    def _create(self, steps: Sequence[Create]) -> None:
        if not steps:
            return
        topics = [NewTopic(step.name, step.partitions, step.replication_factor, config=step.config) for step in steps]
        for name, future in self._client.create_topics(topics, operation_timeout=self._timeout_s).items():
            with broker_errors(f"create topic {name}"):
                future.result()
        # The answer comes from the controller; a broker learns of a new topic a moment later.
        self._until_known(lambda: self._described([step.name for step in steps]))

    def _until_known(self, describe: Callable[[], dict[str, Existing]]) -> dict[str, Existing]:
        """Return what `describe` does, once no topic that it asks for is missing."""
        again = Retrying(
            retry=retry_if_exception_type(MissingTopicError),
            stop=stop_after_delay(self._timeout_s),
            wait=wait_fixed(0.05),
            reraise=True,
        )
        return again(describe)

    def _configure(self, steps: Sequence[Configure]) -> None:
        if not steps:
            return
        resources = [
            ConfigResource(
                ResourceType.TOPIC,
                step.name,
                incremental_configs=[
                    ConfigEntry(name, value, incremental_operation=AlterConfigOpType.SET)
                    for name, value in step.config.items()
                ],
            )
            for step in steps
        ]
        futures = self._client.incremental_alter_configs(resources, request_timeout=self._timeout_s)
        for resource, future in futures.items():
            with broker_errors(f"configure topic {resource.name}"):
                future.result()
        # As with new topics: the controller answers before the brokers know.
        wanted = {step.name: step.config for step in steps}
        self._until_none("configured", lambda: _others(self._described(list(wanted)), wanted))

    def _until_none(self, done: str, left: Callable[[], Set[str]]) -> None:
        """Return when `left` names no topic any more; raise BrokerUnavailableError if it still does in the end."""
        again = Retrying(
            retry=retry_if_result(bool),
            stop=stop_after_delay(self._timeout_s),
            wait=wait_fixed(0.05),
            retry_error_callback=_last,
        )
        if names := again(left):
            raise BrokerUnavailableError(f"not {done} within {self._timeout_s:g} s: {', '.join(sorted(names))}")

    def _described(self, names: Sequence[str]) -> dict[str, Existing]:
        with broker_errors("describe the topics"):
            futures = self._client.describe_topics(TopicCollection(list(names)), request_timeout=self._timeout_s)
            resources = [ConfigResource(ResourceType.TOPIC, name) for name in names]
            configs = self._client.describe_configs(resources, request_timeout=self._timeout_s)
            by_name = {resource.name: _values(future.result()) for resource, future in configs.items()}
            return {name: _existing(future.result(), by_name[name]) for name, future in futures.items()}


def _last(tried: RetryCallState) -> Any:
    return tried.outcome.result() if tried.outcome is not None else None


def _others(shown: Mapping[str, Existing], wanted: Mapping[str, Mapping[str, str]]) -> set[str]:
    """Return the topics that are shown otherwise than wanted."""
    return {name for name, config in wanted.items() if not config.items() <= shown[name].config.items()}


def _values(entries: dict[str, Any]) -> dict[str, str]:
    return {name: "" if entry.value is None else str(entry.value) for name, entry in entries.items()}


def _existing(topic: TopicDescription, config: dict[str, str]) -> Existing:
    copies = min((len(partition.replicas) for partition in topic.partitions), default=0)
    return Existing(len(topic.partitions), copies, config)
