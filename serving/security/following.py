"""Following the topic of tenants: a key is good, or ended, on every server within a second."""

import logging

from schemas.errors import NotFramedError, RegistryUnavailableError, UndecodableError, UnknownSchemaError
from serving.following import Following
from serving.security.keyring import Keyring
from topics.catalog import TENANT_CHANGES
from topics.errors import TopicsError
from topics.reader import LogReader
from topics.tenants import Tenants

_LOG = logging.getLogger(__name__)


class TenantFollowing(Following):
    """Keeps a keyring as the log says, on a thread of its own.

    While the brokers are away the keys known last go on: those that were given an end before end all the same, and
    what is changed meanwhile is not known until they are back.
    """

    def __init__(self, keyring: Keyring, reader: LogReader, tenants: Tenants, retry_s: float) -> None:
        """Take the keyring to fill, the log, and how long to wait before asking again, in seconds."""
        super().__init__("tenants")
        self._keyring = keyring
        self._reader = reader
        self._tenants = tenants
        self._retry_s = retry_s

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self._read()
            except (TopicsError, RegistryUnavailableError) as error:
                _LOG.warning("which keys are good cannot be told anew now: %s", error)
            except (NotFramedError, UndecodableError, UnknownSchemaError) as error:
                _LOG.error("a change of a tenant cannot be read, and those after it wait: %s", error)
            self._stop.wait(self._retry_s)

    def _read(self) -> None:
        offsets = self._reader.offsets
        # Before the whole is read: what is written between the two is met again, and never missed.
        ends = offsets.end(offsets.partitions(TENANT_CHANGES.name))
        self._keyring.add(self._tenants.all())
        self._settled.set()
        for batch in self._reader.read(ends, stop=self._stop):
            if values := [value for record in batch.records if (value := record.value()) is not None]:
                self._keyring.add(map(self._tenants.decode, values))
