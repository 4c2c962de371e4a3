"""Naming features, and refusing models that mean others."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from tests.training.features.moments import moment_of
from training.features.catalog import FEATURES, SEQUENCES, find
from training.features.errors import FeatureError, FeatureMismatchError, UnknownFeatureError
from training.features.feature import Feature, Group
from training.features.feature_set import FeatureSet, sequence

ONE = Feature(name="one", group=Group.ITEM, doc="one", compute=lambda moment: 1.0)


def test_an_unknown_name_is_refused_with_those_alike() -> None:
    with pytest.raises(UnknownFeatureError, match=r"'item_agee'.*item_age.*tideline features list"):
        FeatureSet(["item_agee"])


def test_a_name_that_stands_twice_is_refused() -> None:
    with pytest.raises(FeatureError, match="hour stands twice"):
        FeatureSet(["hour", "weekday", "hour"])


def test_a_sequence_is_no_column_and_a_column_no_sequence() -> None:
    with pytest.raises(FeatureError, match="user_items"):
        FeatureSet(["user_items"])
    with pytest.raises(FeatureError, match="'hour' is no sequence"):
        sequence("hour", moment_of(1))


def test_columns_stand_in_the_order_of_the_names() -> None:
    moment = moment_of(2)
    one, other = FeatureSet(["hour", "weekday"]).matrix(moment), FeatureSet(["weekday", "hour"]).matrix(moment)
    np.testing.assert_array_equal(one, other[:, ::-1])


def test_no_features_and_no_candidates_are_an_empty_matrix() -> None:
    assert FeatureSet([]).matrix(moment_of(3)).shape == (3, 0)
    assert FeatureSet(["hour"]).matrix(moment_of(0)).shape == (0, 1)


@pytest.mark.parametrize(
    "change",
    [
        {"version": 2},
        {"name": "other"},
        {"params": {"days": 7}},
        {"default": 1.0},
        {"high": 2.0},
        {"buckets": 4},
        {"vocabulary": ("a",)},
    ],
)
def test_another_definition_has_another_digest(change: dict[str, Any]) -> None:
    assert replace(ONE, **change).digest != ONE.digest


def test_what_is_no_part_of_the_definition_leaves_the_digest() -> None:
    assert replace(ONE, doc="said better", group=Group.USER).digest == ONE.digest


def test_every_definition_has_a_digest_of_its_own() -> None:
    digests = [find(name).digest for name in (*FEATURES, *SEQUENCES)]
    assert len(set(digests)) == len(digests)


def test_a_model_of_other_definitions_is_refused_by_name() -> None:
    features = FeatureSet(["hour", "weekday"])
    features.check(features.digests)
    with pytest.raises(FeatureMismatchError, match=r"definitions of hour;"):
        features.check(features.digests | {"hour": "0" * 16})
    with pytest.raises(FeatureMismatchError, match="weekday"):
        features.check({"hour": features.digests["hour"]})


def test_columns_of_another_length_are_refused() -> None:
    with pytest.raises(FeatureError, match="fused must have 2 rows, not 1"):
        moment_of(2, fused=np.zeros(1, np.float32))
