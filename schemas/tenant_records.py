"""Records about tenants: which there are, and with which keys they call."""

from enum import StrEnum

from schemas.records import Record


class TenantChangeKind(StrEnum):
    """What an event says of a tenant."""

    CREATED = "created"
    ROTATED = "rotated"


class TenantChange(Record, frozen=True):
    """A tenant is created, or gets another key."""

    event_id: str
    tenant_id: str
    change: str
    changed_at: int
    key_id: str
    key_hash: str
    title: str = ""
    ended: list[str] = []
    ended_at: int | None = None
