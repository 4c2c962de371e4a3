"""The world as a request sees it: all views of the process behind one narrow surface."""

from collections.abc import Mapping
from typing import Protocol

from serving.query import UserState
from serving.views.catalogue import Catalogue


class World(Protocol):
    """Everything that the pipeline reads. The server builds one a process; tests build one from rows, without Kafka."""

    @property
    def ready(self) -> bool:
        """Whether every view has reached the end offsets that it saw at start, and still follows."""
        ...

    def knows(self, tenant: str) -> bool:
        """Return whether any row of the tenant was ever folded."""
        ...

    def catalogue(self, tenant: str) -> Catalogue:
        """Return the tenant's items; raise UnknownTenantError if `knows` says no."""
        ...

    def user_state(self, tenant: str, user: str, as_of_ms: int) -> UserState:
        """Return what is known of the user, decayed to `as_of_ms`; empty for a new one."""
        ...

    def positions(self) -> Mapping[str, Mapping[int, int]]:
        """Return, for each changelog by topic name and each partition, the offset of the next record to come."""
        ...

    def staleness_ms(self) -> int:
        """Return a bound: all that the changelogs held this long ago is visible here. Below 300 when caught up."""
        ...

    def start(self) -> None:
        """Begin to follow the changelogs, on a thread of the world's own."""
        ...

    def stop(self) -> None:
        """Stop following, and close the stores; returns when the thread has ended."""
        ...
