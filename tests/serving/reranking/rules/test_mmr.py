"""MMR, against its definition written out."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.records import Item, Status
from serving.candidate import Candidates
from serving.query import Query
from serving.reranking.rules.boost import Boost
from serving.reranking.rules.mmr import Mmr
from serving.views.catalogue import Catalogue
from tests.contracts.rule import RuleContract
from tests.serving.fakes import queries_and_candidates, query_of

words = st.lists(st.sampled_from(["a", "b", "c", "d"]), unique=True, max_size=3)


@st.composite
def described(draw: st.DrawFn) -> tuple[Query, Candidates]:
    """Return candidates with tags and authors that have names in common."""
    catalogue, size = Catalogue(), draw(st.integers(0, 12))
    for n in range(size):
        row = Item(tags=draw(words), author=draw(st.sampled_from(["", "a", "b"])), status=Status.ACTIVE)
        catalogue.put(catalogue.number(f"item-{n}"), row)
    catalogue.commit()
    scores = np.array(draw(st.lists(st.integers(-3, 3), min_size=size, max_size=size)), np.float32)
    items = np.array(draw(st.permutations(range(size))), np.int32)
    return query_of(catalogue, count=draw(st.integers(1, 15))), Candidates(
        items, scores, scores[:, np.newaxis], ("x",)
    )


class TestMmr(RuleContract):
    filters = False

    def make(self) -> Mmr:
        return Mmr(balance=0.5)

    @given(described(), st.sampled_from([0.0, 0.3, 0.7, 1.0]), st.integers(1, 12))
    def test_each_place_has_the_candidate_of_greatest_marginal_relevance(
        self, given_: tuple[Query, Candidates], balance: float, places: int
    ) -> None:
        query, candidates = given_
        after = Mmr(balance=balance, places=places).apply(query, candidates).items.tolist()
        scores = dict(zip(candidates.items.tolist(), candidates.scores.tolist(), strict=True))
        low, high = min(scores.values(), default=0), max(scores.values(), default=0)
        kept = min(places, query.count, len(after))

        def value(item: int, above: list[int]) -> float:
            relevance = (scores[item] - low) / (high - low) if high > low else 0.0
            likeness = max((alike(query, item, other) for other in above), default=0.0)
            return balance * relevance - (1 - balance) * likeness

        for place in range(kept):
            best = max(value(item, after[:place]) for item in after[place:])
            assert value(after[place], after[:place]) == pytest.approx(best)
        assert after[kept:] == [item for item in candidates.items.tolist() if item in after[kept:]]

    @given(queries_and_candidates())
    def test_relevance_is_what_boost_made_of_it(self, given_: tuple[Query, Candidates]) -> None:
        query, candidates = given_
        boosted = Boost(tags={"category-1": 100.0}).apply(query, candidates)
        assert Mmr(balance=1).apply(query, boosted).items.tolist() == boosted.items.tolist()


def alike(query: Query, one: int, other: int) -> float:
    """Return Jaccard's coefficient by the book."""
    has = [
        {("tag", tag) for tag in query.catalogue.tags_of(item)} | {("by", int(query.catalogue.author[item]))}
        for item in (one, other)
    ]
    mine, theirs = ({word for word in each if word != ("by", -1)} for each in has)
    return len(mine & theirs) / len(mine | theirs) if mine | theirs else 0.0
