"""Limits: how much a tenant may ask for, so that one cannot starve the others. Pure but for the clock it is given."""

import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple, Self

from serving.errors import LimitedError
from serving.security.settings import LimitsSettings

_SECOND_NS: Final = 1_000_000_000

BUSY_RETRY_S: Final = 0.05
"""After how long one is to ask again whose calls are all under way: about as long as one takes."""

_MOST_KNOWN: Final = 10_000
"""Most tenants whose past is kept; beyond it, those are forgotten who may ask for everything again."""


class Rate(NamedTuple):
    """A token bucket: `burst` calls at once, and one more each `interval_ns`."""

    interval_ns: int
    burst: int

    @classmethod
    def of(cls, per_s: float, burst: int) -> Self:
        """Return the rate of so many calls a second."""
        return cls(max(1, round(_SECOND_NS / per_s)), burst)

    def take(self, due_ns: int, now_ns: int) -> tuple[int, int]:
        """Return (when the bucket is full again, 0) after a call, or (`due_ns`, how long to wait for the next).

        Whole nanoseconds: whoever waits exactly so long is let in, which sums of fractions do not promise.
        """
        earliest = due_ns - (self.burst - 1) * self.interval_ns
        if now_ns < earliest:
            return due_ns, earliest - now_ns
        return max(due_ns, now_ns) + self.interval_ns, 0


@dataclass(frozen=True, slots=True)
class Limits:
    """What one tenant may ask for."""

    rate: Rate | None
    concurrent: int

    @classmethod
    def of(cls, settings: LimitsSettings) -> Self:
        """Return what the settings say."""
        per_s = settings.requests_per_s
        return cls(Rate.of(per_s, settings.burst) if per_s is not None else None, settings.concurrent_calls)


@dataclass(frozen=True, slots=True)
class TenantLimits:
    """What each tenant may ask for."""

    default: Limits
    own: Mapping[str, Limits] = field(default_factory=dict)

    def of(self, tenant: str) -> Limits:
        """Return the tenant's own limits, or everybody's."""
        return self.own.get(tenant, self.default)


class Limiter:
    """Counts what each tenant asks for. Of one event loop: calls enter and leave in its thread."""

    def __init__(self, limits: TenantLimits, clock_ns: Callable[[], int] = time.monotonic_ns) -> None:
        self._limits = limits
        self._clock_ns = clock_ns
        self._due: dict[str, int] = {}
        self._under_way: Counter[str] = Counter()

    def enter(self, tenant: str) -> None:
        """Let one call of the tenant in, until it is told to `leave`; raise LimitedError if it may not."""
        limits = self._limits.of(tenant)
        if self._under_way[tenant] >= limits.concurrent:  # asked first: a call that is refused costs no token
            why = f"{limits.concurrent} calls of the tenant are under way, as many as may be"
            raise LimitedError(why, BUSY_RETRY_S)
        if limits.rate is not None:
            self._take(tenant, limits.rate)
        self._under_way[tenant] += 1

    def leave(self, tenant: str) -> None:
        """Note the end of a call that was let in."""
        self._under_way[tenant] -= 1
        if not self._under_way[tenant]:
            del self._under_way[tenant]

    def _take(self, tenant: str, rate: Rate) -> None:
        now = self._clock_ns()
        due, wait = rate.take(self._due.get(tenant, now), now)
        if wait:
            per_s = _SECOND_NS / rate.interval_ns
            raise LimitedError(f"the tenant may make {per_s:g} calls a second", wait / _SECOND_NS)
        self._due[tenant] = due
        if len(self._due) > _MOST_KNOWN:
            self._due = {known: until for known, until in self._due.items() if until > now}
