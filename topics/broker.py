"""What the client library reports, as our errors."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from confluent_kafka import Consumer, KafkaError, KafkaException

from topics.errors import BrokerRefusedError, BrokerUnavailableError, MissingTopicError, TopicsError
from topics.settings import KafkaSettings

REQUEST_TIMEOUT_S: Final = 15.0
"""How long one question to the broker may take."""

# A broker that has just started answers for a while that it, or whom it names, cannot tell yet.
_UNREACHABLE: Final = frozenset(
    {
        KafkaError._ALL_BROKERS_DOWN,
        KafkaError._NOENT,  # no partition asked about has a leader at present
        KafkaError._RESOLVE,
        KafkaError._TIMED_OUT,
        KafkaError._TRANSPORT,
        KafkaError.BROKER_NOT_AVAILABLE,
        KafkaError.COORDINATOR_LOAD_IN_PROGRESS,
        KafkaError.COORDINATOR_NOT_AVAILABLE,
        KafkaError.FENCED_LEADER_EPOCH,
        KafkaError.LEADER_NOT_AVAILABLE,
        KafkaError.NOT_COORDINATOR,
        KafkaError.NOT_LEADER_FOR_PARTITION,
        KafkaError.OFFSET_NOT_AVAILABLE,
        KafkaError.REQUEST_TIMED_OUT,
        KafkaError.UNKNOWN_LEADER_EPOCH,
    }
)
_MISSING: Final = frozenset(
    {KafkaError._UNKNOWN_PARTITION, KafkaError._UNKNOWN_TOPIC, KafkaError.UNKNOWN_TOPIC_OR_PART}
)


def error_for(error: KafkaError, action: str) -> TopicsError:
    """Return our error for the client's `error`; `action` completes "could not ..."."""
    if error.code() in _MISSING:
        return MissingTopicError(f"could not {action}: no such topic or partition; run `tideline topics apply`")
    if error.code() in _UNREACHABLE:
        return BrokerUnavailableError(
            f"could not {action}: {error.str()}; check TIDELINE_KAFKA_BOOTSTRAP_SERVERS and that Kafka runs"
        )
    return BrokerRefusedError(f"could not {action}: {error.str()}")


@contextmanager
def broker_errors(action: str) -> Iterator[None]:
    """Raise our error where the client raises its own; `action` completes "could not ..."."""
    try:
        yield
    except KafkaException as raised:
        raise error_for(raised.args[0], action) from raised


@contextmanager
def group_client(settings: KafkaSettings, group: str) -> Iterator[Consumer]:
    """Yield a client that may read and set the offsets of a group without being a member of it.

    The admin client would do as well, but takes the process down where the coordinator is not the one that it took it
    for, or goes away while it is asked: after a broker's restart, for instance (librdkafka#5040 and #5397).
    """
    client = Consumer({**settings.client_config(), "group.id": group, "enable.auto.commit": False})
    try:
        yield client
    finally:
        client.close()
