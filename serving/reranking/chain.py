"""A chain of rules, applied one after the other."""

from collections.abc import Iterable, MutableMapping
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

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

    def apply(
        self,
        query: Query,
        candidates: Candidates,
        removed: MutableMapping[str, NDArray[np.int32]] | None = None,
        order: list[tuple[str, NDArray[np.int32]]] | None = None,
    ) -> Candidates:
        """Return what the rules leave of the candidates, in the order that they give.

        Where `removed` is given, it is told by rule which items that took out; `order`, how that left the rest.
        """
        for rule in self.rules:
            before, candidates = candidates, rule.apply(query, candidates)
            if removed is not None and len(candidates) < len(before):
                removed[rule.name] = np.setdiff1d(before.items, candidates.items, assume_unique=True)
            if order is not None:
                order.append((rule.name, candidates.items))
        return candidates
