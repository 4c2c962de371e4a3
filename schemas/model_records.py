"""Records about models: releases, the vectors that they make, and the jobs that make them."""

from enum import StrEnum

from schemas.records import Record


class ModelRelease(Record, frozen=True):
    """A version of a model, released to answer; of one model the greatest number does."""

    tenant_id: str
    model: str
    version: str
    number: int
    kind: str
    location: str
    digest: str
    released_at: int
    metrics: dict[str, float] = {}
    offsets: dict[str, int] = {}
    request_id: str = ""


class JobStatus(StrEnum):
    """What an event says of a job."""

    REQUESTED = "requested"
    CLAIMED = "claimed"
    RUNNING = "running"
    RETURNED = "returned"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


class JobEvent(Record, frozen=True):
    """What becomes of a job."""

    event_id: str
    tenant_id: str
    job_id: str
    status: str
    at: int
    kind: str = ""
    arguments: dict[str, str] = {}
    worker: str = ""
    progress: float = 0.0
    message: str = ""
    result: dict[str, str] = {}


class TrainingExample(Record, frozen=True):
    """A list as it was served, with what came of each item."""

    request_id: str
    tenant_id: str
    user_id: str
    scenario: str
    as_of: int
    window_ms: int
    items: list[str]
    features: list[str]
    values: bytes
    heads: list[str]
    labels: bytes


class VectorSubject(StrEnum):
    """What a vector is of."""

    ITEM = "item"
    USER = "user"


class Vector(Record, frozen=True):
    """What a model makes of an item or a user."""

    tenant_id: str
    id: str
    model: str
    version: str
    number: int
    values: bytes


class VectorSet(Record, frozen=True):
    """All vectors of a model's version are in the log."""

    tenant_id: str
    subject: str
    model: str
    version: str
    number: int
    dimension: int
    written: dict[str, int]
    read: dict[str, int]
    made_at: int
