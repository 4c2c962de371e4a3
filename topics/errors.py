"""Errors of topics/."""

from schemas.errors import TidelineError


class TopicsError(TidelineError):
    """Root of what topics/ raises. The message names the topic or the record and what to do."""


class UnknownTopicError(TopicsError):
    """No topic of that name is in the catalog. `tideline topics describe` lists them."""


class TopicMismatchError(TopicsError):
    """The broker's topics are not as declared, and cannot be made so without losing what they promise."""


class BrokerUnavailableError(TopicsError):
    """The broker cannot be reached. Check TIDELINE_KAFKA_BOOTSTRAP_SERVERS and that Kafka runs (`tideline status`)."""


class DeliveryError(TopicsError):
    """The broker did not confirm a record: it is not known to be in the log. Send it again; its event id is the same,
    so a second copy changes nothing."""


class OffsetLostError(TopicsError):
    """The log no longer holds an offset that is needed: it was deleted. A silent reset would skip events, so the
    reader stops. Restore the topic, or rebuild the table from what is left on purpose."""


class InvalidOriginError(TopicsError):
    """A record that travels on carries no readable origin header, so a redelivery could not be recognised."""


class StoreError(TopicsError):
    """The local copy of a table cannot be used: another process holds its folder, or the disk is full or fails.

    The copy is not the truth. If its folder is damaged, delete it: it is restored from the changelog.
    """


class StalledError(TopicsError):
    """The broker answers nothing within the patience given, though the log holds more. Check that it is healthy."""


class MissingTopicError(TopicsError):
    """The broker has no such topic or partition. Run `tideline topics apply`."""


class BrokerRefusedError(TopicsError):
    """The broker refused a request; the message holds its reason (rights, quota, a setting that it does not know)."""


class UnknownLetterError(TopicsError):
    """No dead letter has that place. `tideline dlq list --resolved` shows all that there are."""


class UnknownJobError(TopicsError):
    """The tenant has no job of that id. Another tenant's jobs are none of its."""


class JobArgumentError(TopicsError):
    """A job is of no known kind, or is told what its kind does not know. The message names the argument."""

    def __init__(self, argument: str, message: str) -> None:
        super().__init__(message)
        self.argument = argument
        """Its name; empty where it is the arguments as a whole."""
