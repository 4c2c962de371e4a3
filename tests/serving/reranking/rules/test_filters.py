"""The rules that take out."""

from hypothesis import given

from serving.candidate import Candidates
from serving.query import Query
from serving.reranking.rules.availability import Availability
from serving.reranking.rules.seen import Seen
from tests.contracts.rule import RuleContract
from tests.serving.fakes import queries_and_candidates


class TestAvailability(RuleContract):
    filters = True

    def make(self) -> Availability:
        return Availability()

    @given(queries_and_candidates())
    def test_keeps_just_the_active(self, given_: tuple[Query, Candidates]) -> None:
        query, candidates = given_
        kept = Availability().apply(query, candidates)
        assert list(kept.items) == [item for item in candidates.items if query.catalogue.active[item]]


class TestSeen(RuleContract):
    filters = True

    def make(self) -> Seen:
        return Seen()

    @given(queries_and_candidates())
    def test_keeps_just_what_the_user_never_acted_on(self, given_: tuple[Query, Candidates]) -> None:
        query, candidates = given_
        kept = Seen().apply(query, candidates)
        assert list(kept.items) == [item for item in candidates.items if item not in query.state.seen]
