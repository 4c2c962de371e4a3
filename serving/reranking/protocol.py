"""The role of a rule."""

from typing import ClassVar, Protocol

from serving.candidate import Candidates
from serving.query import Query


class Rule(Protocol):
    """Removes or reorders candidates. The contract suite in tests/contracts/rule.py holds for every one."""

    name: ClassVar[str]

    def apply(self, query: Query, candidates: Candidates) -> Candidates:
        """Return some or all of the candidates, each at most once; never one that was not given."""
        ...
