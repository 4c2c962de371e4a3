"""Versions: numbers by which a writer notices that somebody else has changed what it has read."""

from schemas.records import Row
from serving.errors import VersionConflictError


def version(row: Row | None) -> int:
    """Return a number that grows with each change that altered the row; 0 where there was none."""
    return max(row.applied.values(), default=-1) + 1 if row else 0


def check_version(row: Row | None, expected: int, what: str) -> None:
    """Raise VersionConflictError unless the row of `what` has this version."""
    if (found := version(row)) != expected:
        raise VersionConflictError(f"{what} has version {found}, not {expected}; read it again, and decide anew")
