"""Agent: which topic is folded into which tables, and how. Its fold is pure; the runner does the rest."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from agents.folds.sourced import Sourced
from agents.runtime.work import Work
from agents.tables import Table
from schemas.records import Record
from topics.topic import Topic

E = TypeVar("E", bound=Record)


@dataclass(frozen=True, slots=True)
class Agent(Generic[E]):
    """One agent of the worker."""

    name: str
    source: Topic
    tables: tuple[Table[Any], ...]
    """The tables whose rows it changes; no other agent changes them."""

    key_of: Callable[[E], bytes]
    """The key that a record with this event must have. Another key would have put it into another partition."""

    fold: Callable[[Sequence[Sourced[E]], Work], None]
    """Fold the events of one batch, in the order of their offsets, into the work. Pure but for the work."""

    travelled: bool = False
    """Whether its records came through another agent, and so carry their origin in a header."""
