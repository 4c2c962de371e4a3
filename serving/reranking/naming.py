"""Naming: which items a business rule speaks of, by id, by category or tag, or by author, and what each counts for."""

from collections.abc import Callable, Mapping
from typing import Annotated, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from schemas.tenancy import MAX_ID_BYTES
from schemas.validation import MAX_AUTHOR, MAX_WORD
from serving.candidate import Candidates
from serving.query import Query

MOST: Final = 1000
"""Most ids, or words, of one kind in one rule: each is looked up for every request."""

ItemId: TypeAlias = Annotated[str, Field(min_length=1, max_length=MAX_ID_BYTES)]
Tag: TypeAlias = Annotated[str, Field(min_length=1, max_length=MAX_WORD)]
Author: TypeAlias = Annotated[str, Field(min_length=1, max_length=MAX_AUTHOR)]

Factors: TypeAlias = Mapping[str, float]


def factors_of(
    query: Query, candidates: Candidates, *, items: Factors, tags: Factors, authors: Factors
) -> NDArray[np.float64]:
    """Return (N,) the product of all factors that each candidate is named for; 1 where it is not named.

    Args:
        query: whose catalogue tells what the candidates are.
        candidates: N of them.
        items: factor by item id.
        tags: factor by category or tag; an item that has several takes the factor of each.
        authors: factor by author.
    """
    catalogue = query.catalogue
    product = np.ones(len(candidates))
    if items:
        product *= _looked_up(candidates.items, items, lambda item: catalogue.numbers.get(item, -1))
    if authors:
        product *= _looked_up(catalogue.author[candidates.items], authors, catalogue.word)
    if tags:
        facts = catalogue.facts(candidates.items)
        owners = np.repeat(np.arange(len(candidates)), facts.tag_counts)
        np.multiply.at(product, owners, _looked_up(facts.tags, tags, catalogue.word))
    return product


def _looked_up(numbers: NDArray[np.int32], factors: Factors, number_of: Callable[[str], int]) -> NDArray[np.float64]:
    """Return the factor of each number; 1 where none of the names has it."""
    named = sorted((number_of(name), factor) for name, factor in factors.items())
    known = np.array([number for number, _ in named], np.int64)
    values = np.array([factor for _, factor in named])
    at = np.searchsorted(known, numbers).clip(max=len(known) - 1)
    return np.where((known[at] == numbers) & (numbers >= 0), values[at], 1.0)
