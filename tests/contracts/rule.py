"""What holds for every rule."""

from abc import ABC, abstractmethod

from hypothesis import given

from serving.candidate import Candidates
from serving.query import Query
from serving.reranking.protocol import Rule
from tests.contracts.profile import CONTRACT
from tests.serving.fakes import queries_and_candidates


class RuleContract(ABC):
    """Subclass it as Test<Rule> and say how to make one, and whether it filters or puts in order."""

    filters: bool

    @abstractmethod
    def make(self) -> Rule: ...

    @CONTRACT
    @given(queries_and_candidates())
    def test_invents_nothing_and_returns_nothing_twice(self, given_: tuple[Query, Candidates]) -> None:
        query, candidates = given_
        kept = list(self.make().apply(query, candidates).items)
        assert len(kept) == len(set(kept))
        assert set(kept) <= set(candidates.items)

    @CONTRACT
    @given(queries_and_candidates())
    def test_keeps_each_candidate_whole(self, given_: tuple[Query, Candidates]) -> None:
        query, candidates = given_
        scores = dict(zip(candidates.items, candidates.scores, strict=True))
        kept = self.make().apply(query, candidates)
        assert all(scores[item] == score for item, score in zip(kept.items, kept.scores, strict=True))
        assert kept.proposed.shape == (len(kept), len(candidates.channels))

    @CONTRACT
    @given(queries_and_candidates())
    def test_filters_keep_the_order_and_the_others_keep_the_items(self, given_: tuple[Query, Candidates]) -> None:
        query, candidates = given_
        before, after = list(candidates.items), list(self.make().apply(query, candidates).items)
        if self.filters:
            assert after == [item for item in before if item in after]
        else:
            assert sorted(after) == sorted(before)

    @CONTRACT
    @given(queries_and_candidates())
    def test_a_second_time_changes_nothing(self, given_: tuple[Query, Candidates]) -> None:
        query, candidates = given_
        once = self.make().apply(query, candidates)
        assert list(self.make().apply(query, once).items) == list(once.items)
