"""Settings of a worker, read from the environment: TIDELINE_WORKER_*."""

from enum import StrEnum
from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from agents.runtime.failpoint import Point


class BadRecords(StrEnum):
    """What is done with a record that cannot be processed. It is counted in any case."""

    SKIP = "skip"
    """Nothing more."""

    QUARANTINE = "quarantine"
    """It goes to the dead-letter topic, whole and with its reason."""

    FAIL = "fail"
    """The worker stops before it, and stops again when restarted, until somebody decides."""


class WorkerSettings(BaseSettings):
    """What a worker may be told."""

    model_config = SettingsConfigDict(env_prefix="TIDELINE_WORKER_", frozen=True)

    group: str = Field("tideline", description="Consumer group; the workers of a group share the partitions.")
    state_dir: Path = Field(
        Path(".tideline/worker"),
        description="Where rows are kept between starts. Workers of one machine may share it: each takes a folder.",
    )
    generation: int = Field(0, ge=0, description="Number of the generation of tables to make; see `tideline rebuild`.")
    agents: frozenset[str] = Field(
        frozenset(),
        description="Names of the agents to run, all of them if none is named; the same for all workers of a group.",
    )
    bad_records: BadRecords = Field(BadRecords.QUARANTINE, description="What is done with what cannot be processed.")
    max_event_bytes: int = Field(64 << 10, ge=1024, description="Greatest size of an event, in bytes.")
    ahead_ms: int = Field(
        86_400_000,
        ge=0,
        description="How far an event's own time may lie ahead of the broker's time for it, in milliseconds.",
    )
    batch_records: int = Field(12_000, ge=1, description="Records up to which batches that wait are done as one.")
    fetch_records: int = Field(50_000, ge=1, description="Most records fetched at once, of all partitions together.")
    fetch_bytes: int = Field(
        512 << 10,
        ge=16 << 10,
        description="Most bytes fetched at once of one partition, as the broker holds them. A row is written once a"
        " batch: a larger one saves work where much waits, and takes memory, about 30 times itself.",
    )
    commit_interval_s: float = Field(1.0, gt=0, description="Seconds between commits of offsets.")
    session_timeout_s: float = Field(
        6.0,  # the least that a broker takes by default: a dead worker's partitions wait for so long
        gt=1,
        description="Seconds without a heartbeat after which the group gives the partitions away.",
    )
    stuck_after_s: float = Field(
        120.0,
        gt=0,
        description="Seconds with records waiting and none done, or done and not committed, until it exits.",
    )
    letter_share: float = Field(
        0.1, ge=0, le=1, description="Share of dead letters among a minute's records above which it is not healthy."
    )
    cached_bytes: int = Field(
        64 << 20,
        ge=0,
        description="Rows of all tables kept decoded in memory, in bytes as encoded; decoded they take thrice that.",
    )
    failpoint: Point = Field(Point.NONE, description="For tests only: after which step the worker dies or stops.")
    failpoint_batch: int = Field(1, ge=1, description="For tests only: at which batch it does so.")
    metrics_port: int = Field(0, ge=0, le=65535, description="Port of /metrics and /health on loopback; 0 for none.")
