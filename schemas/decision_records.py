"""Records of what was served: the decision, and the rows that it was made from."""

from schemas.records import Record


class RowRead(Record, frozen=True):
    """One row that features were computed from, and how far it was folded."""

    table: str
    id: str
    chunk: str = ""
    applied: dict[str, int] = {}


class RowsRead(Record, frozen=True):
    """Rows of several items in one table that features were computed from, and how far each was folded."""

    table: str
    chunk: str = ""
    offsets: bytes = b""


class Decision(Record, frozen=True):
    """A list as it was served."""

    request_id: str
    tenant_id: str
    user_id: str
    scenario: str
    as_of: int
    served_at: int
    items: list[str]
    scores: bytes
    ranker: str = ""
    model_version: str = ""
    candidates: list[str] = []
    fused: bytes = b""
    channels: list[str] = []
    proposed: bytes = b""
    features: list[str] = []
    values: bytes = b""
    read: list[RowRead] = []
    considered: list[str] = []
    read_items: list[str] = []
    read_rows: list[RowsRead] = []
    missing: list[str] = []
    ranked: bytes = b""
    removed: list[str] = []
    removed_by: list[str] = []
    order_by: list[str] = []
    order: bytes = b""
    arms: dict[str, str] = {}
    config: str = ""
    source: str = ""

    @property
    def shortlist(self) -> list[str]:
        """Items as the ranker got them, in the order of the merged score, whichever field has them."""
        return self.considered or self.candidates
