"""The log of jobs: what is said of them, and the board that it makes."""

from threading import Event
from typing import Final

from uuid_utils import uuid7

from schemas.loading import Codecs
from schemas.model_records import JobEvent, JobStatus
from schemas.records import Record
from schemas.tenancy import TenantKey, check_tenant
from topics.catalog import JOBS
from topics.moments import now_ms
from topics.offsets import Partition
from topics.producer import LogProducer
from topics.reader import Batch, LogReader, read_whole
from topics.rows import RowDecoder
from training.errors import UnknownJobError
from training.jobs.board import Board, Job

SUBJECTS: Final[dict[str, type[Record]]] = {JOBS.subject: JOBS.record}
"""What reading and writing jobs needs a codec for."""


class JobLog:
    """Reads and writes `job.event.v1`. Methods raise TopicsError where the broker does not do its part."""

    def __init__(self, reader: LogReader, codecs: Codecs, producer: LogProducer) -> None:
        """Take the log, codecs for SUBJECTS, and a producer."""
        self._reader = reader
        self._codec = codecs.codec_for(JOBS.subject, JobEvent)
        self._decoder = RowDecoder(self._codec, codecs.fetch)
        self._producer = producer

    def board(self) -> Board:
        """Return the board as the log is now."""
        board = Board()
        for batch in read_whole(self._reader, JOBS.name):
            self._take(board, batch)
        return board

    def follow(self, board: Board, stop: Event) -> None:
        """Keep the board as the log says until `stop` is set."""
        offsets = self._reader.offsets
        start: dict[Partition, int] = offsets.start(offsets.partitions(JOBS.name))
        for batch in self._reader.read(start, stop=stop):
            self._take(board, batch)

    def job(self, tenant: str, job_id: str) -> Job:
        """Return the tenant's job; raise UnknownJobError if there is none: another's is none."""
        found = self.board().jobs.get((check_tenant(tenant), job_id))
        if found is None:
            raise UnknownJobError(f"tenant {tenant} has no job {job_id}; `tideline jobs list` shows those that it has")
        return found

    def submit(self, tenant: str, kind: str, arguments: dict[str, str]) -> str:
        """Request a job, and return its id once the log has it."""
        job_id = str(uuid7())
        self.say(_event(check_tenant(tenant), job_id, JobStatus.REQUESTED, kind=kind, arguments=arguments))
        return job_id

    def tell(self, job: Job, status: JobStatus, worker: str = "", **told: object) -> None:
        """Say what becomes of the job; return once the log has it."""
        self.say(_event(job.tenant, job.id, status, worker=worker, **told))

    def say(self, event: JobEvent) -> None:
        """Write the event; return once the log has it. Raises DeliveryError if it does not."""
        key = TenantKey(event.tenant_id, event.job_id).encode()
        self._producer.send(JOBS.name, key, self._codec.encode(event))
        self._producer.flush()

    def _take(self, board: Board, batch: Batch) -> None:
        for record in batch.records:
            change = self._decoder.change(record.key(), record.value())
            if change is None or change.row is None:
                continue
            if (change.owner.tenant, change.owner.id) == (change.row.tenant_id, change.row.job_id):
                board.take(change.row, record.timestamp()[1])


def _event(tenant: str, job_id: str, status: JobStatus, **told: object) -> JobEvent:
    now = now_ms()
    return JobEvent(str(uuid7()), tenant, job_id, status, now, **told)  # type: ignore[arg-type]
