from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.candidate import Proposal
from serving.recall.merge import merge

NAMES = ("item_cf", "tag", "recent", "hot")


@st.composite
def proposals(draw: st.DrawFn) -> Proposal:
    items = draw(st.lists(st.integers(0, 15), max_size=12, unique=True))
    scores = sorted(draw(st.lists(st.floats(0, 9, width=32), min_size=len(items), max_size=len(items))), reverse=True)
    return Proposal(np.array(items, np.int32), np.array(scores, np.float32))


by_channel = st.dictionaries(st.sampled_from(NAMES), proposals())
weights = st.dictionaries(st.sampled_from(NAMES), st.floats(0, 4))


def proposal(*items: int) -> Proposal:
    return Proposal(np.array(items, np.int32), np.arange(len(items), 0, -1).astype(np.float32))


@given(by_channel, weights)
def test_it_is_the_union_with_every_score_kept(given_: dict[str, Proposal], weight: dict[str, float]) -> None:
    merged = merge(given_, weight)
    assert merged.channels == tuple(given_)
    assert sorted(merged.items.tolist()) == sorted({item for p in given_.values() for item in p.items.tolist()})
    for column, name in enumerate(given_):
        own = dict(zip(given_[name].items.tolist(), given_[name].scores.tolist(), strict=True))
        for item, score in zip(merged.items.tolist(), merged.proposed[:, column].tolist(), strict=True):
            assert own[item] == score if item in own else np.isnan(score)


@given(by_channel, weights)
def test_the_order_is_by_the_documented_score(given_: dict[str, Proposal], weight: dict[str, float]) -> None:
    merged = merge(given_, weight)
    expected = {
        item: sum(
            weight.get(name, 1.0) / (61 + p.items.tolist().index(item))
            for name, p in given_.items()
            if item in p.items.tolist()
        )
        for item in merged.items.tolist()
    }
    assert merged.scores.tolist() == pytest.approx([expected[item] for item in merged.items.tolist()])
    assert (merged.scores[:-1] >= merged.scores[1:]).all()


@given(by_channel, weights, st.randoms())
def test_the_order_of_the_channels_changes_only_the_columns(
    given_: dict[str, Proposal], weight: dict[str, float], random: Random
) -> None:
    names = list(given_)
    random.shuffle(names)
    merged, shuffled = merge(given_, weight), merge({name: given_[name] for name in names}, weight)
    assert shuffled.items.tolist() == merged.items.tolist()
    assert shuffled.scores.tolist() == merged.scores.tolist()
    columns = [merged.channels.index(name) for name in shuffled.channels]
    assert np.array_equal(shuffled.proposed, merged.proposed[:, columns], equal_nan=True)


@given(by_channel, weights, st.integers(0, 20))
def test_a_limit_keeps_the_head(given_: dict[str, Proposal], weight: dict[str, float], limit: int) -> None:
    assert merge(given_, weight, limit=limit).items.tolist() == merge(given_, weight).items.tolist()[:limit]


@given(by_channel, weights, st.dictionaries(st.sampled_from(NAMES), st.integers(0, 12)))
def test_a_quota_is_a_shorter_proposal(
    given_: dict[str, Proposal], weight: dict[str, float], quotas: dict[str, int]
) -> None:
    cut = {
        name: Proposal(p.items[: quotas.get(name, 99)], p.scores[: quotas.get(name, 99)]) for name, p in given_.items()
    }
    limited, shorter = merge(given_, weight, quotas=quotas), merge(cut, weight)
    assert limited.items.tolist() == shorter.items.tolist()
    assert np.array_equal(limited.proposed, shorter.proposed, equal_nan=True)


def test_an_item_that_channels_agree_on_rises() -> None:
    merged = merge({"tag": proposal(1, 2, 3), "hot": proposal(4, 3, 5)}, {})
    assert merged.items[0] == 3


def test_a_heavier_channel_comes_first() -> None:
    merged = merge({"tag": proposal(1), "hot": proposal(2)}, {"tag": 0.5, "hot": 2.0})
    assert merged.items.tolist() == [2, 1]


def test_of_equal_items_the_lower_number_comes_first() -> None:
    assert merge({"tag": proposal(7, 3), "hot": proposal(3, 7)}, {}).items.tolist() == [3, 7]


def test_nothing_proposed_is_no_candidates() -> None:
    assert len(merge({}, {})) == 0
    assert len(merge({"hot": Proposal.none()}, {})) == 0


@given(by_channel, weights, st.dictionaries(st.sampled_from(NAMES), st.integers(1, 6)), st.integers(1, 10))
def test_no_channel_brings_in_more_than_its_quota(
    given_: dict[str, Proposal], weight: dict[str, float], quotas: dict[str, int], limit: int
) -> None:
    merged = merge(given_, weight, quotas=quotas, limit=limit)
    for column, name in enumerate(given_):
        brought = merged.items[~np.isnan(merged.proposed[:, column])].tolist()
        assert set(brought) <= set(given_[name].items[: quotas.get(name)].tolist())


@given(by_channel, weights, st.dictionaries(st.sampled_from(NAMES), st.integers(0, 4)), st.integers(1, 10))
def test_what_is_guaranteed_stays_and_the_rest_is_the_best(
    given_: dict[str, Proposal], weight: dict[str, float], guaranteed: dict[str, int], limit: int
) -> None:
    whole = merge(given_, weight).items.tolist()
    cut = merge(given_, weight, guaranteed=guaranteed, limit=limit).items.tolist()
    sure = {
        item for name, first in guaranteed.items() if name in given_ for item in given_[name].items[:first].tolist()
    }
    kept = [item for item in whole if item in sure][:limit]
    others = [item for item in whole if item not in sure][: limit - len(kept)]
    assert cut == [item for item in whole if item in {*kept, *others}]
