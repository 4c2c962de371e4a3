"""A guarded server whose every method answers, and what reached them: whatever is refused must not be among it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

import grpc
from prometheus_client import CollectorRegistry

from schemas.tenant_records import TenantChange
from serving.metrics import Metrics
from serving.roster import SERVICES
from serving.security.caller import Doorkeeper
from serving.security.certificates import Certificates
from serving.security.guard import Guard
from serving.security.keyring import Keyring, key_hash
from serving.security.limits import Limiter, Limits, TenantLimits
from serving.security.reloaded import Reloaded
from serving.server import Server
from serving.settings import ServingSettings
from tests.serving.fakes import FixedWorld, catalogue_of
from tests.serving.roster_methods import Recorder

OWN: Final = "acme"
OTHER: Final = "globex"
END: Final = 1_000
"""When the key `old` ends; the clock stands there."""

KEYS: Final = {"own": "tide_own", "other": "tide_other", "old": "tide_old", "operator": "tide_operator"}


def bearer(name: str) -> tuple[tuple[str, str], ...]:
    return (("authorization", f"Bearer {KEYS[name]}"),)


def keyring() -> Keyring:
    def change(name: str, tenant: str, **others: Any) -> TenantChange:
        return TenantChange(name, tenant, "created", 0, name, key_hash(KEYS[name]), **others)

    made = Keyring()
    made.add([change("own", OWN, ended=["old"], ended_at=END), change("old", OWN), change("other", OTHER)])
    return made


@dataclass
class Guarded:
    """A running server, seen from outside and from within."""

    channel: grpc.aio.Channel
    recorders: dict[str, Recorder]
    metrics: Metrics
    port: int

    @property
    def reached(self) -> list[str]:
        return [name for recorder in self.recorders.values() for name, _ in recorder.reached]

    def refused(self, why: str) -> float:
        return self.metrics.registry.get_sample_value("tideline_serving_refusals_total", {"why": why}) or 0.0


def doorkeeper() -> Doorkeeper:
    return Doorkeeper(keyring(), lambda: END, [key_hash(KEYS["operator"])])


@asynccontextmanager
async def guarded(
    limits: Limits = Limits(None, 1_000),  # noqa: B008
    certificates: Reloaded[Certificates] | None = None,
    certificate_tenant: str = "",
) -> AsyncIterator[Guarded]:
    """Serve every service of the roster, with recorders behind them."""
    metrics = Metrics(CollectorRegistry())
    recorders = {name: Recorder(name) for name in SERVICES}
    guard = Guard(Limiter(TenantLimits(limits)), doorkeeper(), certificate_tenant, certificates)
    world = FixedWorld(catalogue_of([True]))
    server = Server(ServingSettings(port=0), world, recorders, metrics, guard=guard)
    async with server, grpc.aio.insecure_channel(f"127.0.0.1:{server.port}") as channel:
        yield Guarded(channel, recorders, metrics, server.port)
