"""The log of jobs: what is said of them, and the board that it makes."""

from threading import Event, Lock
from typing import Final

from uuid_utils import uuid7

from schemas.loading import Codecs
from schemas.model_records import JobEvent, JobStatus
from schemas.records import Record
from schemas.tenancy import TenantKey, check_tenant
from topics.catalog import JOBS
from topics.errors import UnknownJobError
from topics.jobs.board import Board, Job
from topics.moments import now_ms
from topics.offsets import Partition
from topics.producer import LogProducer
from topics.reader import Batch, LogReader
from topics.routes import Parcel
from topics.rows import RowDecoder

SUBJECTS: Final[dict[str, type[Record]]] = {JOBS.subject: JOBS.record}
"""What reading and writing jobs needs a codec for."""


class JobReader:
    """Reads `job.event.v1`: the jobs as the log is at each question. Threads may share it.

    What was read for one question is not read again for the next. Methods raise TopicsError where the broker does not
    do its part.
    """

    def __init__(self, reader: LogReader, codecs: Codecs) -> None:
        """Take the log, and codecs for SUBJECTS."""
        self._reader = reader
        self._codec: Final = codecs.codec_for(JOBS.subject, JobEvent)
        self._decoder = RowDecoder(self._codec, codecs.fetch)
        self._board = Board()
        self._read: dict[Partition, int] = {}
        self._lock = Lock()

    def of(self, tenant: str) -> list[Job]:
        """Return the tenant's jobs, the latest first."""
        check_tenant(tenant)
        with self._lock:
            self._catch_up()
            own = [job for (owner, _), job in self._board.jobs.items() if owner == tenant]
        return sorted(own, key=lambda job: (job.requested_at, job.id), reverse=True)

    def find(self, tenant: str, job_id: str) -> Job | None:
        """Return the tenant's job, None if it has none of that id: another's is none."""
        check_tenant(tenant)
        with self._lock:
            self._catch_up()
            return self._board.jobs.get((tenant, job_id))

    def job(self, tenant: str, job_id: str) -> Job:
        """Return the tenant's job; raise UnknownJobError if there is none."""
        found = self.find(tenant, job_id)
        if found is None:
            raise UnknownJobError(f"tenant {tenant} has no job {job_id}; `tideline jobs list` shows those that it has")
        return found

    def follow(self, board: Board, stop: Event) -> None:
        """Keep a board of the caller's as the log says until `stop` is set."""
        offsets = self._reader.offsets
        start: dict[Partition, int] = offsets.start(offsets.partitions(JOBS.name))
        for batch in self._reader.read(start, stop=stop):
            self._take(board, batch)

    def parcel(self, event: JobEvent) -> Parcel:
        """Return the event ready to be written."""
        return Parcel(JOBS.name, TenantKey(event.tenant_id, event.job_id).encode(), self._codec.encode(event))

    def _catch_up(self) -> None:
        """Let the board be as the log is now."""
        offsets = self._reader.offsets
        partitions = offsets.partitions(JOBS.name)
        start = {**offsets.start(partitions), **self._read}
        for batch in self._reader.read(start, offsets.end(partitions)):
            self._take(self._board, batch)
            self._read[batch.partition] = batch.position

    def _take(self, board: Board, batch: Batch) -> None:
        for record in batch.records:
            change = self._decoder.change(record.key(), record.value())
            if change is None or change.row is None:
                continue
            if (change.owner.tenant, change.owner.id) == (change.row.tenant_id, change.row.job_id):
                board.take(change.row, record.timestamp()[1])


class JobLog(JobReader):
    """Writes the log, too."""

    def __init__(self, reader: LogReader, codecs: Codecs, producer: LogProducer) -> None:
        """Take the log, codecs for SUBJECTS, and a producer."""
        super().__init__(reader, codecs)
        self._producer = producer

    def submit(self, tenant: str, kind: str, arguments: dict[str, str]) -> str:
        """Request a job, and return its id once the log has it."""
        event = job_event(check_tenant(tenant), str(uuid7()), JobStatus.REQUESTED, kind=kind, arguments=arguments)
        self.say(event)
        return event.job_id

    def tell(self, job: Job, status: JobStatus, worker: str = "", **told: object) -> None:
        """Say what becomes of the job; return once the log has it."""
        self.say(job_event(job.tenant, job.id, status, worker=worker, **told))

    def say(self, event: JobEvent) -> None:
        """Write the event; return once the log has it. Raises DeliveryError if it does not."""
        parcel = self.parcel(event)
        self._producer.send(parcel.topic, parcel.key, parcel.value)
        self._producer.flush()


def job_event(tenant: str, job_id: str, status: JobStatus, **told: object) -> JobEvent:
    """Return what is said of a job now."""
    return JobEvent(str(uuid7()), tenant, job_id, status, now_ms(), **told)  # type: ignore[arg-type]
