"""What holds for every feature."""

from collections.abc import Iterable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.training.features.moments import DAY, NOW, moment_of, moments, user_of
from training.features.catalog import FEATURES, SEQUENCES
from training.features.feature import Feature, Kind
from training.features.feature_set import FeatureSet, sequence
from training.features.moment import Moment

ALL = FeatureSet(list(FEATURES))


def names_where(wrong: np.ndarray, features: Iterable[Feature] = ALL.features) -> list[str]:
    return [feature.name for feature, is_wrong in zip(features, wrong, strict=True) if is_wrong]


@given(moments())
def test_the_matrix_is_whole_whatever_is_missing(moment: Moment) -> None:
    matrix = ALL.matrix(moment)
    assert matrix.shape == (len(moment), len(FEATURES))
    assert matrix.dtype == np.float32
    assert matrix.flags.c_contiguous
    assert np.isfinite(matrix).all()


@given(moments())
def test_no_value_lies_outside_of_what_is_declared(moment: Moment) -> None:
    """Of what is computed, not of the matrix: clipping must have nothing to do."""
    for feature in ALL.features:
        values = feature.values(moment)
        known = values[~np.isnan(values)]
        assert (known >= np.float32(feature.low)).all(), feature.name
        assert (known <= np.float32(feature.high)).all(), feature.name


@given(moments(), st.data())
def test_a_candidates_row_does_not_depend_on_where_it_stands(moment: Moment, data: st.DataObject) -> None:
    order = np.array(data.draw(st.permutations(range(len(moment)))), np.intp)
    np.testing.assert_array_equal(ALL.matrix(moment.take(order)), ALL.matrix(moment)[order])


@given(moments())
def test_asking_twice_gives_the_same(moment: Moment) -> None:
    np.testing.assert_array_equal(ALL.matrix(moment), ALL.matrix(moment))


@given(moments(), st.data())
def test_a_column_does_not_depend_on_the_other_columns(moment: Moment, data: st.DataObject) -> None:
    names = data.draw(st.permutations(list(FEATURES)))[:10]
    fresh = moment.take(np.arange(len(moment)))
    places = [ALL.names.index(name) for name in names]
    np.testing.assert_array_equal(FeatureSet(names).matrix(fresh), ALL.matrix(moment)[:, places])


@settings(max_examples=10)
@given(st.integers(1, 5))
def test_what_is_not_known_has_the_default(size: int) -> None:
    """Of a new user and items that nobody knows, only what the moment itself says is known."""
    moment = moment_of(size, fused=np.zeros(size, np.float32))
    matrix = ALL.matrix(moment)
    values = np.stack([feature.values(moment) for feature in ALL.features], axis=1)
    defaults = np.array([feature.default for feature in ALL.features], np.float32)
    from_moment = {"hour", "hour_sine", "hour_cosine", "weekday", "scenario", "recall_fused_rank"} | {
        "recall_fused_reciprocal",
        "recall_fused_standard",
    }
    other = names_where((matrix != defaults).any(axis=0))
    assert set(other) <= from_moment
    assert np.isnan(values[:, ALL.names.index("item_age")]).all()


@given(moments())
def test_an_interaction_at_the_moment_or_after_it_changes_nothing(moment: Moment) -> None:
    before = moment.user.times < moment.as_of_ms
    rows = np.flatnonzero(before)
    user = moment.user
    past = user_of(
        list(zip(user.items[rows], user.actions[rows], user.times[rows], user.values[rows], strict=True)),
        dict(zip(user.tags.tolist(), user.affinities.tolist(), strict=True)),
        user.seen,
    )
    fields = {name: getattr(moment, name) for name in Moment.__dataclass_fields__ if not name.startswith("_")}
    only_past = fields | {
        "user": past,
        "recent_facts": moment.recent_facts.take(rows),
        "recent_counts": moment.recent_counts.take(rows),
    }
    np.testing.assert_array_equal(ALL.matrix(Moment(**only_past)), ALL.matrix(moment))


@given(moments())
def test_a_sequence_is_what_was_done_last_and_filled_up(moment: Moment) -> None:
    items = sequence("user_items", moment)
    past = moment.user.items[moment.user.times < moment.as_of_ms]
    assert items.shape == SEQUENCES["user_items"].shape == (50,)
    assert items.dtype == np.int32
    assert items.tolist() == [*past.tolist(), *[-1] * (50 - len(past))]


@pytest.mark.parametrize("feature", FEATURES.values(), ids=list(FEATURES))
def test_a_declaration_is_sound(feature: Feature) -> None:
    assert feature.doc
    assert feature.doc[-1] != "."
    assert feature.low <= feature.default <= feature.high
    assert feature.name.isidentifier()
    if feature.kind is Kind.BUCKET:
        assert (feature.low, feature.high) == (0, feature.buckets - 1)
    if feature.kind is Kind.CATEGORY:
        assert (feature.low, feature.high) == (0, len(feature.vocabulary) - 1)


def test_categories_are_whole_numbers_within_their_vocabulary() -> None:
    for hours in range(0, 24 * 8, 5):
        moment = moment_of(1, as_of_ms=NOW + hours * DAY // 24)
        for feature in ALL.features:
            if feature.kind is not Kind.DENSE:
                [value] = feature.values(moment)
                assert value == int(value)
