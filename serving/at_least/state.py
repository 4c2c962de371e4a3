"""What waiting reads ask of the world that they answer from; `serving.views.world.World` is one."""

from typing import Protocol

from schemas.records import Item, ItemStats
from serving.user.rows import UserRows
from topics.generation import Generation


class State(Protocol):
    """The tables of one generation, as far as this process has read them.

    What reads rows raises UnknownTenantError if nothing of the tenant was ever folded.
    """

    @property
    def generation(self) -> Generation:
        """Which tables these are."""
        ...

    @property
    def partitions(self) -> int:
        """How many partitions every source and table has."""
        ...

    @property
    def fresh_at_ms(self) -> int:
        """All that the tables held at this time, milliseconds since 1970, is part of the state."""
        ...

    def knows(self, tenant: str) -> bool:
        """Return whether anything of the tenant was ever folded."""
        ...

    def user_rows(self, tenant: str, user: str, as_of_ms: int) -> UserRows:
        """Return the user's rows, empty ones for a new user."""
        ...

    def item_row(self, tenant: str, item: str) -> Item | None:
        """Return the item's row, None if there is none."""
        ...

    def stats_rows(self, tenant: str, item: str, scenario: str | None) -> list[ItemStats]:
        """Return the item's statistics in the scenario, in each if none is named."""
        ...


class States(Protocol):
    """What gives the state that serves; `serving.generations.switch.Switch` is one."""

    @property
    def world(self) -> State:
        """The state; raises NotReadyError while there is none."""
        ...
