"""Job worker: claims jobs that nobody has, runs them one at a time, and says how far they are."""

import logging
import re
import time
from pathlib import Path
from threading import Event, Thread
from typing import Final

from schemas.errors import RegistryUnavailableError
from schemas.model_records import JobStatus
from topics.errors import BrokerUnavailableError, DeliveryError, JobArgumentError, StalledError
from topics.jobs.board import Board, Job
from topics.jobs.log import JobLog
from topics.moments import now_ms
from training.errors import JobFailedError
from training.jobs.commands import Step, steps
from training.jobs.step import RunningStep
from training.progress import Progress

_LOG = logging.getLogger(__name__)

_LOOK_S: Final = 0.2
_HEARTBEAT_S: Final = 10.0
"""A sixth of the lease: five that fail do not lose the job."""

_TELL_S: Final = 1.0
_CLAIM_S: Final = 10.0
_RETRY_S: Final = 2.0
_SAFE: Final = re.compile(r"[A-Za-z0-9-]{1,64}")


class JobWorker:
    """Runs jobs. Several share them; one that dies leaves its job to the others, who go on where it stood."""

    def __init__(self, log: JobLog, name: str, folder: Path) -> None:
        """Take the log, a name that no other worker has, and the folder that all workers keep their runs in."""
        self._log = log
        self._name = name
        self._folder = folder
        self._board: Final = Board()

    def run(self, stop: Event) -> None:
        """Run jobs until `stop` is set; what is under way then is given back."""
        done = Event()
        follower = Thread(target=self._follow, args=(done,), name="jobs", daemon=True)
        follower.start()
        try:
            while not stop.is_set():
                job = self._free()
                if job is not None and self._claim(job, stop):
                    self._work(self._board.jobs[job.tenant, job.id], stop)
                else:
                    stop.wait(_LOOK_S)
        finally:
            done.set()
            follower.join()

    def _follow(self, done: Event) -> None:
        while not done.is_set():
            try:
                self._log.follow(self._board, done)
            except (BrokerUnavailableError, RegistryUnavailableError, StalledError) as error:
                _LOG.warning("jobs wait for %g s: %s", _RETRY_S, error)
                done.wait(_RETRY_S)

    def _free(self) -> Job | None:
        """Return the job that waits longest."""
        now = now_ms()  # whether to try; what counts is when the broker takes the claim
        free = [job for job in list(self._board.jobs.values()) if job.free(now)]
        return min(free, key=lambda job: (job.requested_at, job.id), default=None)

    def _claim(self, job: Job, stop: Event) -> bool:
        """Return whether the claim was the first."""
        if not self._say(job, JobStatus.CLAIMED):
            return False
        give_up = time.monotonic() + _CLAIM_S
        while self._board.jobs[job.tenant, job.id] is job and time.monotonic() < give_up:
            stop.wait(_LOOK_S / 4)
        return self._has(job)

    def _has(self, job: Job) -> bool:
        """Return whether the job is this worker's still."""
        now = self._board.jobs[job.tenant, job.id]
        return now.worker == self._name and not now.ended

    def _work(self, job: Job, stop: Event) -> None:
        _LOG.info("job %s of tenant %s: %s", job.id, job.tenant, job.kind)
        result = {"folder": str(self._folder / job.tenant / job.id)}
        try:
            if not _SAFE.fullmatch(job.id):
                raise JobArgumentError("id", "its id is fit for no folder")
            folder = Path(result["folder"])
            folder.mkdir(parents=True, exist_ok=True)
            commands = steps(job.kind, job.tenant, job.arguments, folder)
            for number, command in enumerate(commands):
                if not self._step(job, command, number / len(commands), 1 / len(commands), folder, stop, result):
                    return
        except (JobArgumentError, JobFailedError, OSError) as error:
            _LOG.error("job %s of tenant %s failed: %s", job.id, job.tenant, error)
            self._say(job, JobStatus.FAILED, message=str(error))
        else:
            self._say(job, JobStatus.SUCCEEDED, result=result)

    def _step(
        self, job: Job, command: Step, before: float, share: float, folder: Path, stop: Event, result: dict[str, str]
    ) -> bool:
        """Run one command to its end and add its result; return False if the job is not to go on here."""
        said, heard = Progress(-1.0, ""), 0.0
        with RunningStep(command, folder) as step:
            while not step.wait(_LOOK_S):
                if not self._has(job):
                    _LOG.info("job %s of tenant %s is not to go on here", job.id, job.tenant)
                    return False
                if stop.is_set():
                    break
                now, progress = time.monotonic(), step.progress
                if now - heard >= (_TELL_S if progress != said else _HEARTBEAT_S):
                    done = before + share * progress.share
                    self._say(job, JobStatus.RUNNING, progress=done, message=progress.message or command[0])
                    said, heard = progress, now
            else:
                result.update(step.result())
                return True
        self._say(job, JobStatus.RETURNED, message="its worker was stopped; the next one goes on")
        return False

    def _say(self, job: Job, status: JobStatus, **told: object) -> bool:
        """Say what becomes of the job; return False, with a line in the log, if the broker is away."""
        try:
            self._log.tell(job, status, self._name, **told)
        except (DeliveryError, BrokerUnavailableError) as error:
            _LOG.warning("job %s of tenant %s: not said that it is %s: %s", job.id, job.tenant, status, error)
            return False
        return True
