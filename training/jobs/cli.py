"""`tideline jobs`, and `tideline train --follow`."""

import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import orjson
import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn
from rich.table import Table
from uuid_utils import uuid7

from schemas.loading import load_codecs
from schemas.model_records import JobStatus
from schemas.registry import Registry
from schemas.settings import RegistrySettings
from topics.errors import JobArgumentError
from topics.jobs.board import Job
from topics.jobs.kinds import KINDS, told
from topics.jobs.log import SUBJECTS, JobLog
from topics.moments import show_moment
from topics.producer import LogProducer
from topics.reader import LogReader
from topics.settings import KafkaSettings
from topics.stopping import stopping
from training.jobs.settings import JobSettings
from training.jobs.worker import JobWorker

app = typer.Typer(
    no_args_is_help=True,
    help="Jobs for workers that run `tideline train --follow`; the gRPC services of models, features and vectors ask "
    "for them, too.",
)

Tenant = Annotated[str, typer.Option(help="Whose jobs.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object as the last line of stdout.")]
Id = Annotated[str, typer.Argument(help="The job's id.")]

_LOOK_S = 0.5
_ARGUMENTS = "; ".join(f"{kind}: {', '.join(names) or 'nothing'}" for kind, names in KINDS.items())


@app.command()
def submit(
    kind: Annotated[str, typer.Argument(help=f"What is to be done: {', '.join(KINDS)}.")],
    argument: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help=f"What it is told; may be given again. {_ARGUMENTS}."),
    ] = None,
    tenant: Tenant = "demo",
    wait: Annotated[bool, typer.Option("--wait", help="Show its progress, and end as it ends.")] = False,
    json: Json = False,
) -> None:
    """Ask for a job. Exit codes: 0 it is in the log (with --wait: it succeeded), 1 it failed or was cancelled."""
    arguments = dict(_pair(each) for each in argument or ())
    told(kind, arguments)
    with _log() as log:
        job = log.job(tenant, log.submit(tenant, kind, arguments))
        if wait:
            job = _watched(log, job, Console(stderr=True))
    _show(job, json=json)
    if wait and job.status != JobStatus.SUCCEEDED:
        raise typer.Exit(1)


@app.command("list")
def list_(tenant: Tenant = "demo", json: Json = False) -> None:
    """List the tenant's jobs, the latest first."""
    with _log() as log:
        own = log.of(tenant)
    if json:
        typer.echo(orjson.dumps({"tenant": tenant, "jobs": [_described(job) for job in own]}).decode())
        return
    grid = Table("job", "kind", "status", "progress", "requested", "worker", "message")
    for job in own:
        shown = job.message.splitlines()[-1:] or [""]
        grid.add_row(
            job.id,
            job.kind,
            job.status,
            f"{job.progress:.0%}",
            show_moment(job.requested_at)[:19],
            job.worker,
            shown[0],
        )
    nothing = f"no job of tenant {tenant} was asked for; `tideline jobs submit` does"
    Console().print(grid if own else nothing, markup=False)


@app.command()
def show(job_id: Id, tenant: Tenant = "demo", json: Json = False) -> None:
    """Show all that is known of a job."""
    with _log() as log:
        _show(log.job(tenant, job_id), json=json)


@app.command()
def cancel(job_id: Id, tenant: Tenant = "demo", json: Json = False) -> None:
    """Cancel a job: its worker stops within a second. One that has ended stays as it is."""
    with _log() as log:
        job = log.job(tenant, job_id)
        if not job.ended:
            log.tell(job, JobStatus.CANCELLED, message="cancelled by a user")
            job = log.job(tenant, job_id)
    _show(job, json=json)


def work() -> None:
    """Run jobs until SIGTERM or Ctrl-C."""
    name = f"{socket.gethostname()}-{os.getpid()}-{str(uuid7())[-6:]}"
    with _log() as log, stopping() as stop:
        JobWorker(log, name, JobSettings().folder).run(stop)


@contextmanager
def _log() -> Iterator[JobLog]:
    kafka = KafkaSettings()
    with LogProducer(kafka) as producer:
        yield JobLog(LogReader(kafka), load_codecs(Registry(RegistrySettings()), SUBJECTS), producer)


def _pair(given: str) -> tuple[str, str]:
    name, equals, value = given.partition("=")
    if not equals or not name:
        raise JobArgumentError(name, f"--set {given}: must be NAME=VALUE")
    return name, value


def _watched(log: JobLog, job: Job, console: Console) -> Job:
    """Return the job as it ended; show its progress until then."""
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("waiting for a worker", total=1.0)
        while not job.ended:
            time.sleep(_LOOK_S)
            job = log.job(job.tenant, job.id)
            bar.update(task, completed=job.progress, description=job.message or job.status)
    return job


def _described(job: Job) -> dict[str, Any]:
    return {name: getattr(job, name) for name in Job.__slots__}


def _show(job: Job, *, json: bool) -> None:
    if json:
        typer.echo(orjson.dumps(_described(job)).decode())
        return
    grid = Table(show_header=False, show_lines=True)
    for name, value in _described(job).items():
        pairs = "\n".join(f"{key}: {each}" for key, each in value.items()) if isinstance(value, dict) else str(value)
        grid.add_row(name, show_moment(value) if name.endswith("_at") and value else pairs)
    Console().print(grid, markup=False)
