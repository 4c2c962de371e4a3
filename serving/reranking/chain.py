"""A chain of rules, applied one after the other."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from serving.candidate import Candidates
from serving.query import Query
from serving.reranking.protocol import Rule


@dataclass(frozen=True, slots=True)
class Chain:
    """Rules in the order in which they apply."""

    rules: tuple[Rule, ...]

    @classmethod
    def of(cls, rules: Iterable[Rule]) -> Self:
        """Return the chain of these rules."""
        return cls(tuple(rules))

    def apply(self, query: Query, candidates: Candidates) -> Candidates:
        """Return what the rules leave of the candidates, in the order that they give."""
        for rule in self.rules:
            candidates = rule.apply(query, candidates)
        return candidates
