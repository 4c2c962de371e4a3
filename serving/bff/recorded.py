"""Recorded decisions: the latest of this process from memory, others from the log."""

import asyncio
from collections import OrderedDict
from dataclasses import dataclass, field
from threading import Event, Lock
from typing import Final, Protocol

from schemas.codec import Codec
from schemas.decision_records import Decision
from serving.bff.decision import made_by
from serving.bff.explain import answered_from
from serving.call import before
from topics.decisions import find_decision, made_at
from topics.reader import LogReader

LATEST: Final = 500
"""Decisions that stay in memory: 20 MB, as they are of 500 candidates each."""

_SEARCHES: Final = 2
"""Searches of the log at once: each has a client of its own, and must not take the answers' time."""


class Latest:
    """The latest decisions, as they were handed to the log. Threads may share it."""

    def __init__(self, most: int = LATEST) -> None:
        """Keep so many."""
        self._most = most
        self._lock = Lock()
        self._held: OrderedDict[tuple[str, str], Decision] = OrderedDict()

    def __len__(self) -> int:
        return len(self._held)

    def put(self, decision: Decision) -> None:
        """Keep the decision; the oldest one goes."""
        with self._lock:
            self._held[decision.tenant_id, decision.request_id] = decision
            if len(self._held) > self._most:
                self._held.popitem(last=False)

    def get(self, tenant: str, request_id: str) -> Decision | None:
        """Return the tenant's decision, if it is still here."""
        with self._lock:
            return self._held.get((tenant, request_id))


class Held(Protocol):
    """Where the latest decisions are held."""

    def get(self, tenant: str, request_id: str) -> Decision | None:
        """Return the tenant's decision, if it is still here."""
        ...


class Recorded(Protocol):
    """Where decisions are found."""

    async def find(self, tenant: str, request_id: str, user: str | None, until: float) -> Decision | None:
        """Return the tenant's decision of the request, or None; stop looking at `until`, on the event loop's clock."""
        ...


@dataclass(frozen=True, slots=True)
class RecordedDecisions:
    """Looks in memory, and then for a request whose id tells its time in a minute of the log."""

    latest: Held
    reader: LogReader
    codec: Codec[Decision]
    searches: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_SEARCHES))

    async def find(self, tenant: str, request_id: str, user: str | None, until: float) -> Decision | None:
        """Return as `Recorded` says; raise TimeoutError where time was too short to know, or as the log does."""
        held = self.latest.get(tenant, request_id)
        if held is not None:
            return held if user in (None, held.user_id) else None
        if made_at(request_id) is None:
            return None
        stop = Event()
        try:
            async with before(until), self.searches:
                return await asyncio.to_thread(
                    find_decision, self.reader, self.codec, tenant, request_id, user, stop=stop
                )
        finally:
            stop.set()  # the thread ends, whatever became of the call


async def explained(
    recorded: Recorded, tenant: str, request_id: str, user: str | None, until: float
) -> Decision | None:
    """Return the decision that explains an answer: of one from a list made ahead, with all that its making told.

    None if there is none. Where the record of that making is not found, the answer's own has to do.
    """
    decision = await recorded.find(tenant, request_id, user, until)
    if decision is None or not (request := made_by(decision)):
        return decision
    made = await recorded.find(tenant, request, decision.user_id, until)
    return decision if made is None else answered_from(decision, made)
