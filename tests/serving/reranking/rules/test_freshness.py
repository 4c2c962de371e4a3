"""Freshness: the guaranteed share, and no more moved than it takes."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from serving.candidate import Candidates
from serving.query import Query
from serving.reranking.rules.freshness import Freshness
from tests.contracts.rule import RuleContract
from tests.serving.fakes import queries_and_candidates

MS = 1 / 86_400_000
"""A millisecond in days: item n of the fakes is published at n."""


class TestFreshness(RuleContract):
    filters = False

    def make(self) -> Freshness:
        return Freshness(days=20_000, percent=50)

    @given(queries_and_candidates(), st.integers(1, 100), st.integers(1, 30), st.integers(0, 40))
    def test_the_share_is_kept_where_it_can_be(
        self, given_: tuple[Query, Candidates], percent: int, span: int, as_of: int
    ) -> None:
        query, candidates = replace(given_[0], as_of_ms=as_of), given_[1]
        rule = Freshness(days=span * MS, percent=percent)
        before, after = candidates.items.tolist(), rule.apply(query, candidates).items.tolist()
        length = min(query.count, len(before))

        def new(item: int) -> bool:
            return 0 <= as_of - item < span * MS * 86_400_000

        wanted = min(-(-percent * length // 100), sum(map(new, before)))
        had = sum(map(new, before[:length]))
        assert sum(map(new, after[:length])) == max(had, wanted)
        stayed = [item for item in before[:length] if item in after[:length]]
        assert after[: len(stayed)] == stayed, "what stays keeps its order"
        assert len(stayed) == length - max(0, wanted - had), "and no more moves than it takes"
        came = [item for item in before[length:] if new(item)][: max(0, wanted - had)]
        assert after[len(stayed) : length] == came, "the best of what is new"
