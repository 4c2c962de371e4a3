"""Following: what operators change is read from the log and put in force; what cannot be used is refused, loudly."""

import logging
from typing import Final

from schemas.errors import RegistryUnavailableError
from serving.configuration.assembly import assemble
from serving.configuration.live import LiveConfig
from serving.configuration.tenant import TenantConfig
from serving.following import Following
from serving.metrics import Metrics
from topics.catalog import CONFIG_CHANGES
from topics.configs import Configs, Ledger
from topics.errors import TopicsError
from topics.offsets import Partition
from topics.reader import Batch, LogReader

_LOG = logging.getLogger(__name__)


class ConfigFollowing(Following):
    """Keeps a configuration as the log says, on a thread of its own."""

    def __init__(
        self, live: LiveConfig, reader: LogReader, configs: Configs, metrics: Metrics, retry_s: float
    ) -> None:
        """Take what to keep, the log, what to count in, and how long to wait before asking a broker again."""
        super().__init__("configuration")
        self.live: Final = live
        self._reader = reader
        self._configs = configs
        self._metrics = metrics
        self._retry_s = retry_s
        self._ledger = Ledger()
        self._next: dict[Partition, int] = {}
        self._wanted: dict[Partition, int] | None = None

    def reached(self, places: dict[Partition, int]) -> bool:
        """Return whether all that lies before these offsets is in force or refused."""
        return all(self._next.get(at, 0) >= offset for at, offset in places.items())

    def end(self) -> dict[Partition, int]:
        """Return where the log ends now; blocks. Raises what asking the broker raises."""
        offsets = self._reader.offsets
        return offsets.end(offsets.partitions(CONFIG_CHANGES.name))

    def take(self, batch: Batch) -> None:
        """Put in force what the batch says."""
        changed = set()
        for change in self._configs.changes(batch):
            if change is None:
                self._metrics.configs.labels("refused").inc()
                _LOG.error("a record of %s cannot be read, and is left out", CONFIG_CHANGES.name)
            elif self._ledger.take(change):
                changed.add(change.tenant_id)
            else:
                self._metrics.configs.labels("lost").inc()
        for tenant in changed:
            try:
                self._put(tenant)
            except Exception:  # what trips the assembly of one tenant must not end the following of all
                self._metrics.configs.labels("refused").inc()
                _LOG.exception("the configuration of tenant %s stays as it is", tenant)
        self._next[batch.partition] = batch.position

    def _put(self, tenant: str) -> None:
        before, after = self.live.tenant(tenant), assemble(self.live.file, tenant, self._ledger.of(tenant))
        self.live.put(after)
        self._tell(before, after)

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self._read()
            except (TopicsError, RegistryUnavailableError) as error:
                _LOG.warning("changes of the configuration cannot be told now: %s", error)
            self._stop.wait(self._retry_s)

    def _read(self) -> None:
        offsets = self._reader.offsets
        start = offsets.start(offsets.partitions(CONFIG_CHANGES.name)) | self._next
        if self._wanted is None:
            self._wanted = self.end()
        self._tell_settled()
        for batch in self._reader.read(start, stop=self._stop):
            self.take(batch)
            self._tell_settled()

    def _tell_settled(self) -> None:
        if self._wanted is not None and self.reached(self._wanted):
            self._settled.set()

    def _tell(self, before: TenantConfig, after: TenantConfig) -> None:
        for component, change in after.in_force.items():
            if before.in_force.get(component) != change:
                self._metrics.configs.labels("taken").inc()
                _LOG.info("tenant %s: %s version %d is in force", after.tenant, component, change.version)
        for component, refusal in after.refused.items():
            if component not in before.refused or before.refused[component].change != refusal.change:
                self._metrics.configs.labels("refused").inc()
                stays = after.in_force.get(component)
                _LOG.error(
                    "tenant %s: %s version %d is refused, %s: %s",
                    after.tenant,
                    component,
                    refusal.change.version,
                    f"version {stays.version} stays" if stays else "what servers were started with stays",
                    refusal.error,
                )
