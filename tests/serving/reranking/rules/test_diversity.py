"""Diversity: windows over category and author."""

from collections import Counter
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from serving.candidate import Candidates
from serving.query import Query
from serving.reranking.rules.diversity import Diversity
from tests.contracts.rule import RuleContract
from tests.serving.fakes import queries_and_candidates

rules = st.builds(Diversity, window=st.integers(2, 6), same_category=st.integers(1, 3), same_author=st.integers(1, 3))


class TestDiversity(RuleContract):
    filters = False

    def make(self) -> Diversity:
        return Diversity(window=4, same_category=2, same_author=1)

    @given(queries_and_candidates(), rules)
    def test_each_place_has_the_first_candidate_that_fits(
        self, given_: tuple[Query, Candidates], rule: Diversity
    ) -> None:
        query, candidates = given_
        assert list(rule.apply(query, candidates).items) == _by_the_book(query, candidates, rule)

    @pytest.mark.parametrize("field", ["window", "same_category", "same_author"])
    def test_refuses_a_limit_of_nothing(self, field: str) -> None:
        with pytest.raises(ValidationError):
            Diversity.model_validate({field: 0})


def _by_the_book(query: Query, candidates: Candidates, rule: Diversity) -> list[int]:
    """Return the order by the plain definition, window by window."""
    waiting = [int(item) for item in candidates.items]
    chosen: list[int] = []
    while waiting and len(chosen) < query.count:
        window = chosen[-(rule.window - 1) :]
        best = next((item for item in waiting if _fits(query, window, item, rule)), waiting[0])
        waiting.remove(best)
        chosen.append(best)
    return chosen + waiting


def _fits(query: Query, window: Sequence[int], item: int, rule: Diversity) -> bool:
    columns = ((query.catalogue.category, rule.same_category), (query.catalogue.author, rule.same_author))
    for column, most in columns:
        kind = int(column[item])
        if kind != -1 and Counter(int(column[other]) for other in window)[kind] >= most:
            return False
    return True
