"""Board: every job as its events say; a function of the events and their places in the log, the same for everybody.

So workers need nobody to share out the jobs among them: whoever's claim comes first in the log has the job. The times
that count are the broker's. A worker that says nothing for a lease has lost its job to the next one that claims it,
and what it says later counts no more.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Final

from schemas.model_records import JobEvent, JobStatus

LEASE_MS: Final = 60_000
"""For how long a worker may say nothing. Not a setting: with another value the log would say something else."""

ENDED: Final = frozenset({JobStatus.SUCCEEDED, JobStatus.FAILED, JobStatus.CANCELLED})


@dataclass(frozen=True, slots=True)
class Job:
    """A job as it stands."""

    tenant: str
    id: str
    kind: str
    arguments: Mapping[str, str]
    requested_at: int
    """Broker's time in milliseconds; so is the other."""

    status: str = JobStatus.REQUESTED
    worker: str = ""
    """Who has it; empty while nobody does."""

    heard_at: int = 0
    """When its worker last said something."""

    progress: float = 0.0
    message: str = ""
    result: Mapping[str, str] = field(default_factory=dict)

    @property
    def ended(self) -> bool:
        """Whether nothing changes it any more."""
        return self.status in ENDED

    def free(self, at_ms: int) -> bool:
        """Return whether a worker may claim it at that time."""
        return not self.ended and (not self.worker or at_ms - self.heard_at > LEASE_MS)


class Board:
    """Takes events in the order of the log, those of several partitions in any mixture."""

    def __init__(self) -> None:
        """Make a board without jobs."""
        self._jobs: dict[tuple[str, str], Job] = {}
        self._seen: dict[tuple[str, str], set[str]] = {}

    @property
    def jobs(self) -> Mapping[tuple[str, str], Job]:
        """All jobs, by tenant and id."""
        return MappingProxyType(self._jobs)

    def take(self, event: JobEvent, at_ms: int) -> None:
        """Let the event count, which the broker took at that time; one whose id was met before changes nothing."""
        at = event.tenant_id, event.job_id
        seen = self._seen.setdefault(at, set())
        if event.event_id in seen:
            return
        seen.add(event.event_id)  # of one that came before its job was requested, too: it stays without effect
        job = after(self._jobs.get(at), event, at_ms)
        if job is not None:
            self._jobs[at] = job
            if job.ended:
                seen.clear()  # nothing changes it any more


def after(job: Job | None, event: JobEvent, at_ms: int) -> Job | None:
    """Return the job after the event; None while it was not requested."""
    if job is None:
        if event.status != JobStatus.REQUESTED:
            return None
        return Job(event.tenant_id, event.job_id, event.kind, dict(event.arguments), at_ms)
    if job.ended:
        return job
    if event.status == JobStatus.CANCELLED:
        return replace(job, status=JobStatus.CANCELLED, message=event.message)
    if event.status == JobStatus.CLAIMED:
        if not job.free(at_ms):
            return job
        return replace(job, status=JobStatus.CLAIMED, worker=event.worker, heard_at=at_ms)
    if not event.worker or event.worker != job.worker:
        return job
    return _told(job, event, at_ms)


def _told(job: Job, event: JobEvent, at_ms: int) -> Job:
    """Return the job after what its worker says."""
    match event.status:
        case JobStatus.RUNNING:
            return replace(
                job, status=JobStatus.RUNNING, heard_at=at_ms, progress=event.progress, message=event.message
            )
        case JobStatus.RETURNED:
            return replace(job, status=JobStatus.REQUESTED, worker="", message=event.message)
        case JobStatus.SUCCEEDED:
            return replace(
                job, status=JobStatus.SUCCEEDED, heard_at=at_ms, progress=1.0, message="", result=dict(event.result)
            )
        case JobStatus.FAILED:
            return replace(job, status=JobStatus.FAILED, heard_at=at_ms, message=event.message)
        case _:
            return job
