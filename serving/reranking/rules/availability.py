"""Availability: keep what may be shown."""

from dataclasses import dataclass
from typing import ClassVar

from serving.candidate import Candidates
from serving.query import Query


@dataclass(frozen=True, slots=True)
class Availability:
    """Take out every item that is hidden, deleted, or known only because somebody acted on it."""

    name: ClassVar[str] = "availability"

    def apply(self, query: Query, candidates: Candidates) -> Candidates:
        """Return the candidates that are active in the catalogue, in their order."""
        return candidates.take(query.catalogue.active.take(candidates.items))
