"""Pin: items that the operator wants at fixed places."""

from bisect import bisect_left
from typing import Annotated, ClassVar, Final, TypeAlias

import numpy as np
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from serving.candidate import Candidates
from serving.query import Query
from serving.reranking.naming import ItemId

PIN: Final = "pin"
"""The rule; and in place of a channel where an item was brought in because it is pinned."""


class Place(BaseModel):
    """One item and its place."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    item: ItemId = Field(description="Id of the item.")
    position: int = Field(ge=0, le=499, description="Place from 0, counted over all pages of a list.")


def _apart(places: tuple[Place, ...]) -> tuple[Place, ...]:
    for what in ("item", "position"):
        named = [getattr(place, what) for place in places]
        if len(set(named)) < len(named):
            raise ValueError(f"names a {what} twice")
    return places


Places: TypeAlias = Annotated[tuple[Place, ...], Field(max_length=50), AfterValidator(_apart)]


class Pin(BaseModel):
    """Put each pinned item that is among the candidates in its place; the others keep their order around them.

    A pinned item that no channel proposed is brought in after merging, so that it passes the same filters as all: one
    that is not available, blocked, seen or shown too often is not shown, and its place is another's. One that
    is pinned on a later page is kept for it. Where a list ends before an item's place, the item comes last. The rule
    is its own configuration.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    name: ClassVar[str] = PIN

    places: Places = Field(default=(), description="Items and their places; each at most once.")

    def brought_in(self, query: Query, candidates: Candidates) -> Candidates:
        """Return the candidates and, last, the items pinned on this page that are not among them."""
        here, _ = self._to_come(query)
        items = np.array([item for _, item in here], np.int32)
        missing = items[np.isin(items, candidates.items, invert=True)]
        return candidates.joined_by(PIN, missing, np.ones(len(missing), np.float32)) if len(missing) else candidates

    def apply(self, query: Query, candidates: Candidates) -> Candidates:
        """Return the same candidates, those pinned on this page in their places and those of later pages last."""
        at = {item: index for index, item in enumerate(candidates.items.tolist())}
        here, later = ([(place, at[item]) for place, item in each if item in at] for each in self._to_come(query))
        if not here and not later:
            return candidates
        order = np.setdiff1d(np.arange(len(candidates)), [index for _, index in (*here, *later)]).tolist()
        for place, index in here:  # by place, so that none moves one that stands
            order.insert(place, index)
        return candidates.take(np.array([*order, *(index for _, index in later)], np.intp))

    def _to_come(self, query: Query) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
        """Return (place, item number) of what is pinned on this page, and on later ones, by place.

        Places are counted from this page's first one. What the catalogue does not know is left out.
        """
        numbers = query.catalogue.numbers
        to_come = sorted(
            (place.position - query.offset, numbers[place.item])
            for place in self.places
            if place.position >= query.offset and place.item in numbers
        )
        on_page = bisect_left(to_come, (query.count,))
        return to_come[:on_page], to_come[on_page:]
