"""What the operator asks for: block, boost, pin, and how often an item may be shown."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.candidate import Candidates
from serving.query import Query
from serving.reranking.rules.block import Block
from serving.reranking.rules.boost import Boost
from serving.reranking.rules.frequency_cap import FrequencyCap
from serving.reranking.rules.pin import PIN, Pin
from tests.contracts.rule import RuleContract
from tests.serving.fakes import NOW, catalogue_of, queries_and_candidates, query_of, state_of

DAY_MS = 86_400_000

items = st.sampled_from([f"item-{n}" for n in range(8)] + ["item-of-nobody"])
tags = st.sampled_from(["category-0", "category-1", "author-0", "tag-of-nobody"])
authors = st.sampled_from(["author-0", "author-2", "category-1"])
factors = st.sampled_from([0.25, 0.5, 2.0, 70.0])
blocks = st.builds(Block, items=st.frozensets(items), tags=st.frozensets(tags), authors=st.frozensets(authors))
boosts = st.builds(
    Boost,
    items=st.dictionaries(items, factors),
    tags=st.dictionaries(tags, factors),
    authors=st.dictionaries(authors, factors),
)


@st.composite
def pins(draw: st.DrawFn) -> Pin:
    named = draw(st.lists(items, unique=True, max_size=5))
    places = draw(st.lists(st.integers(0, 12), unique=True, min_size=len(named), max_size=len(named)))
    return Pin.model_validate(
        {"places": [{"item": item, "position": at} for item, at in zip(named, places, strict=True)]}
    )


def author(query: Query, item: int) -> str:
    """Return the author as the fakes name it."""
    names = {query.catalogue.word(f"author-{n}"): f"author-{n}" for n in range(3)}
    number = int(query.catalogue.author[item])
    return names[number] if number >= 0 else ""


def candidates_of(*items: int) -> Candidates:
    scores = np.arange(len(items), 0, -1).astype(np.float32)
    return Candidates(np.array(items, np.int32), scores, scores[:, np.newaxis], ("hot",))


class TestBlock(RuleContract):
    filters = True

    def make(self) -> Block:
        return Block(items=frozenset({"item-3"}), tags=frozenset({"category-1"}), authors=frozenset({"author-2"}))

    @given(queries_and_candidates(), blocks)
    def test_takes_out_just_what_is_named(self, given_: tuple[Query, Candidates], rule: Block) -> None:
        query, candidates = given_
        kept = [
            item
            for item in candidates.items.tolist()
            if query.catalogue.ids[item] not in rule.items
            and not rule.tags & set(query.catalogue.tags_of(item))
            and author(query, item) not in rule.authors
        ]
        assert rule.apply(query, candidates).items.tolist() == kept


class TestBoost(RuleContract):
    filters = False

    def make(self) -> Boost:
        return Boost(items={"item-3": 5.0}, tags={"category-1": 0.5}, authors={"author-2": 2.0})

    @given(queries_and_candidates(), boosts)
    def test_the_order_is_by_the_documented_merit(self, given_: tuple[Query, Candidates], rule: Boost) -> None:
        query, candidates = given_
        scores = candidates.scores.tolist()

        def merit(place: int) -> float:
            item = int(candidates.items[place])
            factor: float = rule.items.get(query.catalogue.ids[item], 1) * rule.authors.get(author(query, item), 1)
            for tag in query.catalogue.tags_of(item):
                factor *= rule.tags.get(tag, 1)
            return factor / (60 + len([score for score in scores if score > scores[place]]))

        if not (rule.items or rule.tags or rule.authors):
            expected = list(range(len(candidates)))
        else:
            expected = sorted(range(len(candidates)), key=lambda place: -np.float32(merit(place)))
        assert rule.apply(query, candidates).items.tolist() == candidates.items[expected].tolist()

    @given(queries_and_candidates(), boosts, st.randoms())
    def test_what_stood_before_it_does_not_matter_but_among_equals(
        self, given_: tuple[Query, Candidates], rule: Boost, random: object
    ) -> None:
        query, candidates = given_
        turned = candidates.take(np.arange(len(candidates))[::-1])
        merits = [rule.apply(query, each).merits for each in (candidates, turned)]
        if all(merit is not None for merit in merits):
            assert np.array_equal(*merits)  # type: ignore[arg-type]

    def test_a_factor_of_two_lifts_the_sixty_first_to_the_first(self) -> None:
        query = query_of(catalogue_of([True] * 80))
        boosted = Boost(items={"item-60": 2.0}).apply(query, candidates_of(*range(80)))
        assert 60 in boosted.items[:2].tolist()


class TestPin(RuleContract):
    filters = False

    def make(self) -> Pin:
        return Pin.model_validate({"places": [{"item": "item-3", "position": 1}, {"item": "item-0", "position": 4}]})

    @given(queries_and_candidates(), pins(), st.integers(0, 9))
    def test_what_is_pinned_stands_in_its_place(
        self, given_: tuple[Query, Candidates], rule: Pin, offset: int
    ) -> None:
        query, candidates = replace(given_[0], offset=offset), given_[1]
        after = rule.apply(query, candidates).items.tolist()
        ids = [query.catalogue.ids[item] for item in candidates.items.tolist()]
        to_come = sorted((p.position - offset, p.item) for p in rule.places if p.item in ids and p.position >= offset)
        here = {item: place for place, item in to_come if place < query.count}
        later = [query.catalogue.numbers[item] for place, item in to_come if place >= query.count]
        pinned = {query.catalogue.numbers[item] for _, item in to_come}
        others = [item for item in candidates.items.tolist() if item not in pinned]
        assert [item for item in after if item not in pinned] == others
        assert after[len(after) - len(later) :] == later, "what later pages have is kept for them"
        for item, place in here.items():
            held = after.index(query.catalogue.numbers[item])
            assert held == place or (place >= len(others) and held >= len(others))

    @given(queries_and_candidates(), pins())
    def test_what_is_pinned_is_brought_in_once_and_last(self, given_: tuple[Query, Candidates], rule: Pin) -> None:
        query, candidates = given_
        wider = rule.brought_in(query, candidates)
        had = candidates.items.tolist()
        known = query.catalogue.numbers
        wanted = {known[place.item] for place in rule.places if place.position < query.count and place.item in known}
        assert wider.items[: len(had)].tolist() == had
        assert set(wider.items[len(had) :].tolist()) == wanted - set(had)
        assert len(set(wider.items.tolist())) == len(wider)
        if len(wider) > len(had):
            assert not np.isnan(wider.proposed[len(had) :, wider.channels.index(PIN)]).any()
            assert wider.scores[len(had) :].max() < candidates.scores.min(initial=0.0) + 1e-6


class TestFrequencyCap(RuleContract):
    filters = True

    def make(self) -> FrequencyCap:
        return FrequencyCap(most=2, window_days=5)

    @given(queries_and_candidates(), st.integers(1, 3), st.sampled_from([0.5, 2.0, 8.0]))
    def test_counts_the_exposures_of_the_window(
        self, given_: tuple[Query, Candidates], most: int, days: float
    ) -> None:
        query, candidates = given_
        shown = query.state.shown
        exposures = Counter(
            item
            for item, time in zip(shown.items.tolist(), shown.times.tolist(), strict=True)
            if NOW - days * DAY_MS < time <= NOW
        )
        kept = [item for item in candidates.items.tolist() if exposures[item] < most]
        rule = FrequencyCap(most=most, window_days=days)
        assert rule.apply(query, candidates).items.tolist() == kept

    @pytest.mark.parametrize(("age_ms", "kept"), [(0, []), (DAY_MS - 1, []), (DAY_MS, [0]), (-1, [0])])
    def test_the_window_ends_to_the_millisecond(self, age_ms: int, kept: list[int]) -> None:
        query = query_of(catalogue_of([True]), state_of(shown=[(0, NOW - age_ms)]))
        rule = FrequencyCap(most=1, window_days=1)
        assert rule.apply(query, candidates_of(0)).items.tolist() == kept
