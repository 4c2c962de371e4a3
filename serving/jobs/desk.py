"""Desk: where services ask for jobs, and tell what became of them. What does them is another process."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID, uuid5

from uuid_utils import uuid7

from schemas.errors import InvalidFieldError
from schemas.model_records import JobStatus
from schemas.text import check_name
from serving.api.recommender.v1 import job_pb2 as pb
from serving.behavior.service import Producer, log_position
from serving.blocking import Blocking
from topics.errors import JobArgumentError
from topics.jobs.board import Job
from topics.jobs.kinds import told
from topics.jobs.log import JobReader, job_event

MAX_REQUEST_ID: Final = 64
MAX_JOB_ID: Final = 64
_SPACE: Final = UUID("6f0d7b5e-7c39-4b0c-9d35-52d1c9a0f0a4")
"""Namespace of the ids of jobs that are made of a request's id. Another one would let a retry make a second job."""

_OF_THE_WORKER: Final = frozenset({"folder", "file"})
"""Results that are paths of the workers' machines: for operators, who have them in `tideline jobs show`."""


@dataclass(frozen=True, slots=True)
class JobDesk:
    """Writes requests to the log of jobs, and reads it."""

    jobs: JobReader
    producer: Producer
    blocking: Blocking

    async def request(
        self, tenant: str, kind: str, arguments: Mapping[str, str], request_id: str, fields: Mapping[str, str]
    ) -> pb.RequestedJob:
        """Return the job once the brokers have its request; the same job for the same request.

        Args:
            tenant: whose job.
            kind: one of `topics.jobs.kinds.KINDS`.
            arguments: of the job, those that are empty left out.
            request_id: the client's; empty for none.
            fields: the contract's name of each argument that it calls something else.

        Raises InvalidFieldError with the field of an argument that is not valid, or `request_id` if another job was
        asked for with it; and what the producer and the log raise.
        """
        given = {name: value for name, value in arguments.items() if value}
        try:
            told(kind, given)
        except JobArgumentError as error:
            raise InvalidFieldError(fields.get(error.argument, error.argument), str(error)) from error
        job_id = str(uuid7())
        if request_id:
            check_name(request_id, "request_id", MAX_REQUEST_ID)
            job_id = str(uuid5(_SPACE, f"{tenant}/{kind}/{request_id}"))
            job = await self.blocking.run(self.jobs.find, tenant, job_id)
            if job is not None:
                if dict(job.arguments) != given:
                    raise InvalidFieldError("request_id", f"another job of kind {kind} was asked for with it")
                return pb.RequestedJob(job_id=job_id)
        event = job_event(tenant, job_id, JobStatus.REQUESTED, kind=kind, arguments=given)
        origin = await self.producer.deliver(self.jobs.parcel(event))
        return pb.RequestedJob(job_id=job_id, position=log_position(origin))

    async def job(self, tenant: str, job_id: str) -> Job:
        """Return the tenant's job; raise InvalidFieldError, UnknownJobError, or what the log raises."""
        check_name(job_id, "job_id", MAX_JOB_ID)
        return await self.blocking.run(self.jobs.job, tenant, job_id)

    async def of(self, tenant: str) -> list[Job]:
        """Return the tenant's jobs, the latest first; raise what the log raises."""
        return await self.blocking.run(self.jobs.of, tenant)

    async def cancel(self, tenant: str, job_id: str) -> Job:
        """Return the job as it ended: cancelled, unless it had ended before; raise as `job` does."""
        job = await self.job(tenant, job_id)
        if job.ended:
            return job
        event = job_event(tenant, job.id, JobStatus.CANCELLED, message="cancelled by a client")
        await self.producer.deliver(self.jobs.parcel(event))
        return await self.job(tenant, job_id)


def shown(job: Job) -> pb.Job:
    """Return the job in the contract's terms."""
    return pb.Job(
        job_id=job.id,
        kind=job.kind,
        status=job.status,
        progress=job.progress,
        message=job.message,
        arguments=job.arguments,
        result={name: value for name, value in job.result.items() if name not in _OF_THE_WORKER},
        worker=job.worker,
        requested_at_ms=job.requested_at,
        heard_at_ms=job.heard_at,
    )
