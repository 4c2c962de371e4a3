"""Columns: what crosses between processes comes out as it went in, as far as the other side knows the items."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from serving.api.recommender.v1 import candidates_pb2 as pb
from serving.bff.asking import check_candidates
from serving.bff.columns import columns, numbered
from serving.candidate import Candidates
from serving.query import Query
from serving.views.catalogue import Catalogue
from tests.serving.fakes import queries_and_candidates


def crossed(candidates: Candidates, catalogue: Catalogue, *, channels: bool = True) -> pb.Candidates:
    message = columns(candidates, catalogue, channels=channels)
    return pb.Candidates.FromString(message.SerializeToString())


@st.composite
def cases(draw: st.DrawFn) -> tuple[Query, Candidates]:
    """Return candidates of three channels, each of which proposed some of them."""
    query, candidates = draw(queries_and_candidates())
    score = st.one_of(st.just(np.nan), st.floats(-1e6, 1e6, width=32))
    size = 3 * len(candidates)
    proposed = np.array(draw(st.lists(score, min_size=size, max_size=size)), np.float32).reshape(-1, 3)
    return query, Candidates(candidates.items, candidates.scores, proposed, ("tag", "hot", "recent"))


@given(cases())
def test_candidates_come_out_as_they_went_in(case: tuple[Query, Candidates]) -> None:
    query, candidates = case
    message = crossed(candidates, query.catalogue)
    found, unknown = numbered(message, query.catalogue)
    assert unknown == []
    assert found.channels == candidates.channels
    for name in ("items", "scores", "proposed"):
        np.testing.assert_array_equal(getattr(found, name), getattr(candidates, name))
    if len(candidates):
        check_candidates(message)


@given(cases(), st.data())
def test_what_the_other_side_does_not_know_is_named_and_the_rest_keeps_its_columns(
    case: tuple[Query, Candidates], data: st.DataObject
) -> None:
    query, candidates = case
    ids = query.catalogue.ids
    known = data.draw(st.sets(st.sampled_from(ids))) if ids else set()
    other = Catalogue()
    for item in sorted(known):
        other.number(item)
    found, unknown = numbered(crossed(candidates, query.catalogue), other)
    kept = candidates.take(np.array([ids[item] in known for item in candidates.items], np.bool_))
    assert [other.ids[item] for item in found.items] == [ids[item] for item in kept.items]
    np.testing.assert_array_equal(found.scores, kept.scores)
    np.testing.assert_array_equal(found.proposed, kept.proposed)
    assert unknown == [ids[item] for item in candidates.items if ids[item] not in known]


@given(cases())
def test_without_channels_only_items_and_scores_cross(case: tuple[Query, Candidates]) -> None:
    query, candidates = case
    found = numbered(crossed(candidates, query.catalogue, channels=False), query.catalogue).candidates
    assert found.channels == ()
    np.testing.assert_array_equal(found.items, candidates.items)
    np.testing.assert_array_equal(found.scores, candidates.scores)
