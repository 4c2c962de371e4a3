"""What passes by itself is told apart from what an operator has to mend."""

import pytest
from confluent_kafka import KafkaError

from topics.broker import error_for
from topics.errors import BrokerRefusedError, BrokerUnavailableError, MissingTopicError


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        # A partition just made, or one whose leader moves: asked again a moment later it answers.
        (KafkaError.NOT_LEADER_FOR_PARTITION, BrokerUnavailableError),
        (KafkaError.LEADER_NOT_AVAILABLE, BrokerUnavailableError),
        # A broker that was just started again.
        (KafkaError.COORDINATOR_LOAD_IN_PROGRESS, BrokerUnavailableError),
        (KafkaError.COORDINATOR_NOT_AVAILABLE, BrokerUnavailableError),
        (KafkaError._NOENT, BrokerUnavailableError),
        (KafkaError.OFFSET_NOT_AVAILABLE, BrokerUnavailableError),
        (KafkaError._TRANSPORT, BrokerUnavailableError),
        (KafkaError.UNKNOWN_TOPIC_OR_PART, MissingTopicError),
        (KafkaError.TOPIC_AUTHORIZATION_FAILED, BrokerRefusedError),
    ],
)
def test_errors_of_the_client_become_ours(code: int, kind: type[Exception]) -> None:
    assert type(error_for(KafkaError(code), "list offsets")) is kind
