"""What a rebuild's coordinator and its processes tell each other: one JSON object a line, over the process's pipes."""

from typing import Any, Final, TypeAlias

import msgspec
from msgspec import Struct
from pydantic import SecretStr
from pydantic_settings import BaseSettings


class Hello(Struct, frozen=True):
    """The first line that a process reads: the settings that its coordinator works with, whatever the environment."""

    kafka: dict[str, Any]
    registry: dict[str, Any]
    worker: dict[str, Any]
    folder: str
    """Where rows are kept."""


class Fold(Struct, frozen=True, tag=True):
    """Fold one agent's partition, from where the group has committed."""

    agent: str
    partition: int
    until: int
    """First offset that is not folded."""


class Copy(Struct, frozen=True, tag=True):
    """Copy one partition of a table's rows."""

    table: str
    partition: int
    source: int
    """Number of the generation that they are copied from."""


class Ready(Struct, frozen=True, tag=True):
    """The process waits for its first job."""


class Advanced(Struct, frozen=True, tag=True):
    """So much more is done, and will not be done again."""

    done: int
    """Offsets folded, or rows copied."""

    bad: int = 0
    """How many of them held records that cannot be processed."""


class Ended(Struct, frozen=True, tag=True):
    """The job is at its end, and the process waits for the next one; or it was told to stop, and exits."""


class Failed(Struct, frozen=True, tag=True):
    """The process cannot go on, and exits."""

    message: str


Job: TypeAlias = Fold | Copy
Report: TypeAlias = Ready | Advanced | Ended | Failed

_JOBS: Final = msgspec.json.Decoder(Job)
_REPORTS: Final = msgspec.json.Decoder(Report)
_HELLO: Final = msgspec.json.Decoder(Hello)

Line: TypeAlias = Hello | Job | Report


def line_of(message: Line) -> bytes:
    """Return the message as a line."""
    return msgspec.json.encode(message, enc_hook=_plain) + b"\n"


def hello_in(line: bytes) -> Hello:
    """Return the greeting that a line holds; raise msgspec.DecodeError if it holds none."""
    return _HELLO.decode(line)


def job_in(line: bytes) -> Job:
    """Return the job that a line holds; raise msgspec.DecodeError if it holds none."""
    job: Job = _JOBS.decode(line)
    return job


def report_in(line: bytes) -> Report:
    """Return the report that a line holds; raise msgspec.DecodeError if it holds none."""
    report: Report = _REPORTS.decode(line)
    return report


def fields_of(settings: BaseSettings) -> dict[str, Any]:
    """Return the settings' fields, secrets too: they go through a pipe, which no other process can read."""
    return dict(settings)


def _plain(value: Any) -> Any:
    return value.get_secret_value() if isinstance(value, SecretStr) else str(value)
