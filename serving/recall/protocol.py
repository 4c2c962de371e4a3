"""The role of a channel."""

from collections.abc import Callable
from typing import ClassVar, Protocol, runtime_checkable

from serving.candidate import Proposal
from serving.query import Query


class Channel(Protocol):
    """A source of candidates. The contract suite in tests/contracts/channel.py holds for every one."""

    name: ClassVar[str]
    """The one name: in configuration, logs, metrics and responses."""

    @property
    def waits(self) -> bool:
        """Whether it waits for something outside the process: such channels run side by side, each within its budget.

        One that only computes cannot be cut off, and runs by itself, which saves the switching.
        """
        ...

    async def recall(self, query: Query, limit: int) -> Proposal:
        """Return at most `limit` items, best first, none twice; nothing rather than an error for a new user."""
        ...


@runtime_checkable
class Begins(Protocol):
    """The role of a channel that gives work to a helper first (`serving.helper`), and comes for it later."""

    def begin(self, query: Query, limit: int) -> Callable[[], Proposal]:
        """Begin what `Channel.recall` does; return what finishes it, which is to be called once."""
        ...
