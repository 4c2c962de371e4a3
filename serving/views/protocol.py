"""The role of a view."""

from collections.abc import Sequence
from typing import ClassVar, Generic, NamedTuple, Protocol, TypeVar

from schemas.records import Row
from schemas.tenancy import TenantKey
from topics.offsets import Partition
from topics.topic import Topic

R = TypeVar("R", bound=Row)


class Change(NamedTuple, Generic[R]):
    """One changelog record: the row that a key has from now on."""

    key: bytes
    """The row's key as it stands in the log."""

    owner: TenantKey
    """Whose row it is: what the key begins with."""

    chunk: str
    """Which of the owner's rows: a day, a scenario; empty where there is but one."""

    row: R | None
    """The row; None if it was deleted."""

    raw: bytes | None
    """The bytes that the row was decoded from; None if it was deleted."""


class View(Protocol[R]):
    """A read model that follows one changelog. The contract suite in tests/contracts/view.py holds for every one.

    One thread (the follower's) calls what is below; any thread reads at any time and never waits for it. So a view
    changes by replacing whole what a reader may hold, or by writing columns beyond the length that readers know of;
    what makes a row visible is written last.
    """

    name: ClassVar[str]
    """The one name: in logs, metrics and health."""

    topic: ClassVar[Topic]
    """The changelog."""

    def begin(self, partition: Partition) -> int:
        """Prepare to follow a partition; return the offset to read from: 0, or where a stored view has come to.

        Raises TopicsError if the store or the broker does not do its part; beginning again is harmless.
        """
        ...

    def apply(self, partition: int, changes: Sequence[Change[R]], position: int) -> int:
        """Take in the changes, in log order, and return how many were refused as behind the row they would replace.

        The content afterwards does not depend on how the log is cut into batches. `position` is the offset of the
        next record to come.
        """
        ...

    def refresh(self) -> None:
        """Bring what is derived from the rows (orderings, indexes) up to date, if it is due."""
        ...

    def close(self) -> None:
        """Release what the view holds open."""
        ...
