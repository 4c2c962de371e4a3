"""Block: keep out what the operator does not want shown."""

from typing import ClassVar

from pydantic import BaseModel, ConfigDict, Field

from serving.candidate import Candidates
from serving.query import Query
from serving.reranking.naming import MOST, Author, ItemId, Tag, factors_of


class Block(BaseModel):
    """Take out every item that is named here, by its id, one of its categories or tags, or its author.

    The rule is its own configuration. Channels know nothing of it: part of their limits is spent on what is blocked.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    name: ClassVar[str] = "block"

    items: frozenset[ItemId] = Field(default=frozenset(), max_length=MOST, description="Ids of items.")
    tags: frozenset[Tag] = Field(default=frozenset(), max_length=MOST, description="Categories and tags.")
    authors: frozenset[Author] = Field(default=frozenset(), max_length=MOST, description="Authors.")

    def apply(self, query: Query, candidates: Candidates) -> Candidates:
        """Return the candidates that are not named, in their order."""
        none = 0.0
        factors = factors_of(
            query,
            candidates,
            items=dict.fromkeys(self.items, none),
            tags=dict.fromkeys(self.tags, none),
            authors=dict.fromkeys(self.authors, none),
        )
        return candidates.take(factors > 0)
