"""Records about configuration: what operators change while servers run."""

from schemas.records import Record


class ConfigChange(Record, frozen=True):
    """A component of a tenant is configured anew."""

    event_id: str
    tenant_id: str
    component: str
    version: int
    json: str
    changed_at: int
    changed_by: str = ""
    reason: str = ""
