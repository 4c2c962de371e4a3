"""Metrics within groups, against the plain way of computing them."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.group_metrics import GroupMetrics

lists = st.lists(
    st.lists(st.tuples(st.integers(-3, 3), st.sampled_from([0.0, 1.0, math.nan])), min_size=1, max_size=14),
    min_size=1,
    max_size=6,
)


def counted(groups: list[list[tuple[int, float]]]) -> GroupMetrics:
    flat = [pair for group in groups for pair in group]
    metrics = GroupMetrics()
    scores, labels = np.array([pair[0] for pair in flat], np.float32), np.array([pair[1] for pair in flat], np.float32)
    metrics.add(scores, labels, np.repeat(np.arange(len(groups)), [len(group) for group in groups]))
    return metrics


@given(lists)
def test_as_computed_plainly(groups: list[list[tuple[int, float]]]) -> None:
    gains, areas, weights = [], [], []
    for group in groups:
        known = [(score, label) for score, label in group if not math.isnan(label)]
        ordered = [label for _, label in sorted(known, key=lambda pair: (-pair[0], pair[1]))]
        ideal = sum(1 / math.log2(place + 2) for place in range(min(10, int(sum(ordered)))))
        if ideal:
            gains.append(sum(label / math.log2(place + 2) for place, label in enumerate(ordered[:10])) / ideal)
        good, bad = ([score for score, label in known if label == wanted] for wanted in (1.0, 0.0))
        if good and bad:
            pairs = [(high > low) + 0.5 * (high == low) for high, low in itertools.product(good, bad)]
            areas.append(sum(pairs) / len(pairs))
            weights.append(len(known))
    found = counted(groups).values
    assert found.get("ndcg@10") == (pytest.approx(np.mean(gains)) if gains else None)
    assert found.get("gauc") == (pytest.approx(np.average(areas, weights=weights)) if areas else None)


@given(lists, lists)
def test_batches_add_up(one: list[list[tuple[int, float]]], other: list[list[tuple[int, float]]]) -> None:
    together, apart = counted([*one, *other]), counted(one)
    flat = [pair for group in other for pair in group]
    apart.add(
        np.array([pair[0] for pair in flat], np.float32),
        np.array([pair[1] for pair in flat], np.float32),
        np.repeat(np.arange(len(other)), [len(group) for group in other]),
    )
    assert apart.values == pytest.approx(together.values)


def test_a_constant_gains_nothing_by_its_order() -> None:
    assert counted([[(0, 1.0), *[(0, 0.0)] * 12]]).values == pytest.approx(
        {"ndcg@10": 0, "gauc": 0.5, "log_loss": 0.6931472}
    )
