"""The topic of tenants in memory: what is written to it is read from it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final
from unittest.mock import create_autospec

from schemas.loading import local_codecs
from schemas.tenant_records import TenantChange
from serving.admin.tenants import TenantAdmin
from serving.security.keyring import Keyring
from tests.serving.fakes import NOW
from topics.headers import Origin
from topics.reader import LogReader
from topics.routes import Parcel
from topics.tenants import SUBJECTS, Tenants

CODECS: Final = local_codecs(SUBJECTS)


@dataclass
class TenantLog:
    """Both what writes the topic and what reads it; `tables` follow it, as servers do."""

    written: list[TenantChange] = field(default_factory=list)
    keyring: Keyring = field(default_factory=Keyring)
    now: int = NOW
    error: Exception | None = None
    before_write: list[TenantChange] = field(default_factory=list)
    """What another server writes first, just before the next write."""

    def __post_init__(self) -> None:
        self._codec = CODECS.codec_for("tenant.change.v1-value", TenantChange)
        self._tenants = Tenants(create_autospec(LogReader, instance=True), CODECS)

    def all(self) -> list[TenantChange]:
        return list(self.written)

    async def deliver(self, parcel: Parcel) -> Origin:
        if self.error is not None:
            raise self.error
        self.written += self.before_write
        self.before_write = []
        self.written.append(self._tenants.decode(parcel.value))
        return Origin(parcel.topic, 0, len(self.written) - 1)

    def admin(self) -> TenantAdmin:
        """Return the service over this log; its clock stands at `now`."""
        log = create_autospec(Tenants, instance=True)
        log.all.side_effect = self.all
        log.parcel.side_effect = self._tenants.parcel
        self.keyring.add([])
        return TenantAdmin(log, self, self.keyring, lambda: self.now)
