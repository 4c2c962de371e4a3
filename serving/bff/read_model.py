"""What the answering side asks of the views; `serving.views.world.World` is one."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from serving.query import UserState

if TYPE_CHECKING:
    from serving.views.catalogue import Catalogue
    from serving.views.item_reads import ItemReads
    from serving.views.refreshed import Held


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

    def refreshed(self, tenant: str, user: str, scenario: str) -> "Held | None":
        """Return the list that was made ahead for the user in the scenario, whether it still holds or not; or None."""
        ...

    def read_items(self, tenant: str, scenario: str, items: NDArray[np.int32], as_of_ms: int) -> "ItemReads":
        """Return what features read of these items, as of the moment: copies, so that nothing in it changes any more.

        Each row is read whole, with the position up to which it was folded then.
        """
        ...

    def positions(self) -> Mapping[str, Mapping[int, int]]:
        """Return, for each table's topic and each partition, the offset of the next record to come."""
        ...

    def staleness_ms(self) -> int:
        """Return a bound: all that the tables held this long ago is part of the state."""
        ...
