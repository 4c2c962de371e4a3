"""Configs: how components were configured, version by version; read from the topic that says so.

All changes of a component lie in one partition, so the log gives them an order that is the same for everybody: of two
who write one version at once, the first in the log stands. Whoever wrote knows by reading on whether it is theirs.
"""

from collections.abc import Iterator, Mapping
from typing import Final, TypeAlias

from schemas.config_records import ConfigChange
from schemas.loading import Codecs
from schemas.records import Record
from schemas.tenancy import TenantKey
from topics.catalog import CONFIG_CHANGES
from topics.reader import Batch, LogReader, read_whole
from topics.routes import Parcel
from topics.rows import RowDecoder

SUBJECTS: Final[dict[str, type[Record]]] = {CONFIG_CHANGES.subject: CONFIG_CHANGES.record}
"""What reading and writing changes needs a codec for."""

History: TypeAlias = Mapping[str, tuple[ConfigChange, ...]]
"""A tenant's changes that stand, by component, of each the least version first."""


def parcel(change: ConfigChange, codecs: Codecs) -> Parcel:
    """Return the change ready to be written; raise InvalidFieldError if its tenant or component cannot be a key."""
    key = TenantKey(change.tenant_id, change.component).encode()
    return Parcel(CONFIG_CHANGES.name, key, codecs.of(CONFIG_CHANGES).encode(change))


class Ledger:
    """The changes that stand: takes them in the order of the log, those of several partitions in any mixture.

    Of each version the first change in the log stands. Any other lost a race, or comes a second time, and changes
    nothing: so the ledger is a function of the changes and their places in the log.
    """

    def __init__(self) -> None:
        """Make a ledger without changes."""
        self._tenants: dict[str, dict[str, tuple[ConfigChange, ...]]] = {}

    def take(self, change: ConfigChange) -> bool:
        """Let the change count; return whether it stands."""
        own = self._tenants.setdefault(change.tenant_id, {})
        before = own.get(change.component, ())
        if not before or before[-1].version < change.version:  # as it is of whoever keeps to the rules
            own[change.component] = (*before, change)
            return True
        if any(change.version == other.version for other in before):
            return False
        own[change.component] = tuple(sorted((*before, change), key=_version))
        return True

    def of(self, tenant: str) -> History:
        """Return the tenant's history as it is now: nothing in it changes any more."""
        return dict(self._tenants.get(tenant, {}))


def newest(history: History, component: str) -> int:
    """Return the greatest version of the component; 0 where there is none."""
    return history[component][-1].version if component in history else 0


class Configs:
    """Reads `config.change.v1`."""

    def __init__(self, reader: LogReader, codecs: Codecs) -> None:
        """Take the log, and codecs for at least SUBJECTS."""
        self._reader = reader
        self._decoder = RowDecoder(codecs.codec_for(CONFIG_CHANGES.subject, ConfigChange), codecs.fetch)

    def ledger(self) -> Ledger:
        """Return what stands in the log as it is now; raise what `LogReader.read` raises."""
        ledger = Ledger()
        for batch in read_whole(self._reader, CONFIG_CHANGES.name):
            for change in self.changes(batch):
                if change is not None:
                    ledger.take(change)
        return ledger

    def changes(self, batch: Batch) -> Iterator[ConfigChange | None]:
        """Yield the batch's changes in order, and None for each record that is none, which the log tells of.

        Raises RegistryUnavailableError where what it is cannot be known now.
        """
        for record in batch.records:
            found = self._decoder.change(record.key(), record.value())
            if found is None or found.row is None or found.owner != (found.row.tenant_id, found.row.component):
                yield None
            else:
                yield found.row


def _version(change: ConfigChange) -> int:
    return change.version
