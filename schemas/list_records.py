"""Records about lists: those that are made ahead of the request."""

from schemas.records import Row


class RefreshedList(Row, frozen=True):
    """A list made ahead for a user; `applied` is that of the user's activity which it was made from."""

    history: dict[str, int] = {}
    profile: dict[str, int] = {}
    request_id: str = ""
    as_of: int = 0
    items: list[str] = []
    scores: bytes = b""
    channels: list[str] = []
    proposed: bytes = b""
    reasons: list[str] = []
    ranker: str = ""
    model_version: str = ""
    config_digest: str = ""
