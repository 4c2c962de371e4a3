"""What holds for every ranker."""

from abc import ABC, abstractmethod

import numpy as np
from hypothesis import given

from serving.candidate import Candidates
from serving.query import Query
from serving.ranking.protocol import Ranker
from tests.contracts.profile import CONTRACT
from tests.serving.fakes import queries_and_candidates


class RankerContract(ABC):
    """Subclass it as Test<Ranker> and say how to make one."""

    @abstractmethod
    def make(self) -> Ranker: ...

    @CONTRACT
    @given(queries_and_candidates())
    def test_keeps_every_candidate_and_invents_none(self, given_: tuple[Query, Candidates]) -> None:
        query, candidates = given_
        ranked = self.make().rank(query, candidates)
        assert sorted(ranked.items) == sorted(candidates.items)
        assert ranked.channels == candidates.channels
        proposed = dict(zip(candidates.items, candidates.proposed[:, 0], strict=True))
        assert all(proposed[item] == own for item, own in zip(ranked.items, ranked.proposed[:, 0], strict=True))

    @CONTRACT
    @given(queries_and_candidates())
    def test_orders_by_falling_score_and_ties_keep_their_order(self, given_: tuple[Query, Candidates]) -> None:
        query, candidates = given_
        ranked = self.make().rank(query, candidates)
        assert np.all(np.isfinite(ranked.scores))
        assert np.all(ranked.scores[:-1] >= ranked.scores[1:])
        place = {item: at for at, item in enumerate(candidates.items)}
        for before, after in zip(range(len(ranked) - 1), range(1, len(ranked)), strict=True):
            if ranked.scores[before] == ranked.scores[after]:
                assert place[ranked.items[before]] < place[ranked.items[after]]

    @CONTRACT
    @given(queries_and_candidates())
    def test_ranks_the_same_the_same(self, given_: tuple[Query, Candidates]) -> None:
        query, candidates = given_
        once, again = self.make().rank(query, candidates), self.make().rank(query, candidates)
        assert list(once.items) == list(again.items)
        assert list(once.scores) == list(again.scores)
