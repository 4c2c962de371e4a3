"""Consumer groups, from outside: whether anybody is in one, and what one without members has committed."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Final

from confluent_kafka import KafkaError, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient

from topics.broker import REQUEST_TIMEOUT_S, broker_errors, group_client
from topics.offsets import Partition
from topics.settings import KafkaSettings

Commit = Callable[[Mapping[Partition, int]], None]

_UNKNOWN: Final = KafkaError.GROUP_ID_NOT_FOUND


class Groups:
    """Methods raise BrokerUnavailableError or BrokerRefusedError. Threads may share it."""

    def __init__(self, settings: KafkaSettings, timeout_s: float = REQUEST_TIMEOUT_S) -> None:
        """Make the client; `timeout_s` is how long one request may take."""
        self._settings = settings
        self._timeout_s = timeout_s
        # Kept for as long as futures of it are pending: a client that is collected never completes them.
        self._admin = AdminClient(settings.client_config())

    def commit(self, group: str, offsets: Mapping[Partition, int]) -> None:
        """Set the next offset to read of some partitions, once; as `committing` does."""
        with self.committing(group) as commit:
            commit(offsets)

    @contextmanager
    def committing(self, group: str) -> Iterator[Commit]:
        """Yield what sets the next offset to read of some partitions; the group need not exist.

        For as long as the block runs: to make its client takes twenty times as long as one commit. What is yielded
        raises BrokerRefusedError if the group has members: theirs are the offsets then.
        """

        def commit(offsets: Mapping[Partition, int]) -> None:
            asked = [TopicPartition(at.topic, at.number, offset) for at, offset in offsets.items()]
            with broker_errors(f"set the offsets of group {group}, which must have no members"):
                for at in client.commit(offsets=asked, asynchronous=False):
                    if at.error is not None:
                        raise KafkaException(at.error)

        with group_client(self._settings, group) as client:
            yield commit

    def members(self, group: str) -> int:
        """Return how many members the group has; 0 for one that nobody knows."""
        with broker_errors(f"describe group {group}"):
            futures = self._admin.describe_consumer_groups([group], request_timeout=self._timeout_s)
            try:
                return len(futures[group].result().members)
            except KafkaException as error:
                if error.args[0].code() == _UNKNOWN:
                    return 0
                raise

    def delete(self, group: str) -> None:
        """Forget the group and its offsets; one that nobody knows is forgotten already."""
        with broker_errors(f"delete group {group}"):
            futures = self._admin.delete_consumer_groups([group], request_timeout=self._timeout_s)
            try:
                futures[group].result()
            except KafkaException as error:
                if error.args[0].code() != _UNKNOWN:
                    raise
