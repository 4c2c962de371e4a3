"""The role of a view."""

from collections.abc import Sequence
from typing import ClassVar, Protocol, TypeVar

from schemas.records import Row
from topics.offsets import Partition
from topics.rows import Change
from topics.topic import Topic

R = TypeVar("R", bound=Row)


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

    whole: ClassVar[bool]
    """Whether it reads more of a changed row than how far that is folded; the rest need not be decoded for it."""

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
