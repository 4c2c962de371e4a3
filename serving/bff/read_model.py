"""What the answering side asks of the views; `serving.views.world.World` is one."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from serving.query import UserState
from training.features.counts import ItemCounts

if TYPE_CHECKING:
    from serving.views.catalogue import Catalogue


class ReadModel(Protocol):
    """The state of all tenants, as far as a process has read it."""

    @property
    def ready(self) -> bool:
        """Whether the state is that of now: every table was read to the end seen at start, and is still followed."""
        ...

    def catalogue(self, tenant: str) -> "Catalogue":
        """Return the tenant's items; raise UnknownTenantError if nothing of it was ever folded."""
        ...

    def user_state(self, tenant: str, user: str, as_of_ms: int) -> UserState:
        """Return what is known of the user, decayed to `as_of_ms`; empty for a new one."""
        ...

    def item_counts(
        self, tenant: str, scenario: str, items: NDArray[np.int32], as_of_ms: int
    ) -> tuple[ItemCounts, ItemCounts]:
        """Return how the items did before the moment: in all scenarios together, and in this one."""
        ...

    def item_reads(self, tenant: str, item: int) -> Iterator[tuple[str, str, Mapping[str, int]]]:
        """Yield table, chunk and `applied` of each row that features of the item come from."""
        ...

    def positions(self) -> Mapping[str, Mapping[int, int]]:
        """Return, for each table's topic and each partition, the offset of the next record to come."""
        ...

    def staleness_ms(self) -> int:
        """Return a bound: all that the tables held this long ago is part of the state."""
        ...
