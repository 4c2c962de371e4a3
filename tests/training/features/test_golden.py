"""A computation that changes must raise its feature's version: models are trained on what it was.

Stored are the digest and the values of every feature at one moment. After a change that is meant:
`TIDELINE_GOLDEN=write pytest tests/training/features/test_golden.py`.
"""

import os
from functools import cache
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np
import pytest

from tests.training.features.moments import DAY, HOUR, LIKE, NOW, RATE, VIEW, counts_of, facts_of, moment_of, user_of
from training.features.catalog import FEATURES, SEQUENCES
from training.features.feature import Feature, Sequence
from training.features.moment import Moment
from training.features.recall import CHANNELS

STORED: Final = Path(__file__).with_name("values.json")
_SIZE: Final = 6


def moment() -> Moment:
    """Return a moment of which every feature has something to tell, always the same."""
    acts = [(at, (LIKE, RATE, VIEW)[at % 3], NOW - 1 - at * at * HOUR, 500 * (at % 11)) for at in range(25)]
    user = user_of(acts, {tag: (tag - 2) * 0.75 for tag in range(5)}, seen=321)
    proposed = np.array([[(at * 7 + column * 5) % 11 for column in range(len(CHANNELS))] for at in range(_SIZE)])
    counted = [at * at * 13 for at in range(_SIZE)]
    windows = [[at, at * 2, at * 5, at * 11] for at in range(_SIZE)]
    counts = counts_of(
        events=[count + at * 11 for at, count in enumerate(counted)],
        positives=counted,
        shown=[at * 400 for at in range(_SIZE)],
        rates=[at * 3 for at in range(_SIZE)],
        rating_sum=[at * 3 * 700 * (at % 6) for at in range(_SIZE)],
        last_event=[NOW - at * 5 * HOUR for at in range(_SIZE)],
        window_events=windows,
        window_positives=windows,
        window_shown=[[10 * each for each in row] for row in windows],
    )
    return moment_of(
        _SIZE,
        user=user,
        facts=_facts(_SIZE),
        recent_facts=_facts(len(acts)),
        counts=counts,
        recent_counts=counts_of(events=[at * 17 for at in range(len(acts))]),
        scenario_counts=counts_of(events=counted),
        proposed=np.where(proposed > 8, np.nan, proposed).astype(np.float32),
        channels=CHANNELS,
        fused=np.array([0.1 * (at % 4) for at in range(_SIZE)], np.float32),
        position=np.arange(_SIZE, dtype=np.float32),
    )


def _facts(size: int) -> Any:
    return facts_of(
        [[(at + each) % 7 for each in range(at % 4)] for at in range(size)],
        published=[NOW - at * 400 * DAY for at in range(size)],
        author=[at % 3 for at in range(size)],
        category=[at % 4 for at in range(size)],
    )


@cache
def computed() -> dict[str, dict[str, Any]]:
    """Return digest and values of every feature and sequence."""
    now = moment()
    found: dict[str, dict[str, Any]] = {}
    every: list[Feature | Sequence] = [*FEATURES.values(), *SEQUENCES.values()]
    for each in every:
        values = [None if np.isnan(value) else float(f"{value:.6g}") for value in each.values(now)]
        found[each.name] = {"digest": each.digest, "values": values}
    return found


@pytest.mark.skipif("TIDELINE_GOLDEN" not in os.environ, reason="writes the file that the other test reads")
def test_write() -> None:
    lines = ",\n".join(
        f"{msgspec.json.encode(name).decode()}: {msgspec.json.encode(each).decode()}"
        for name, each in sorted(computed().items())
    )
    STORED.write_text(f"{{\n{lines}\n}}\n")


@pytest.mark.parametrize("name", [*FEATURES, *SEQUENCES])
def test_a_changed_computation_has_another_version(name: str) -> None:
    stored, now = msgspec.json.decode(STORED.read_bytes()).get(name), computed()[name]
    assert stored is not None, f"{name} is new: store its values, see the module"
    values, then = (np.array(each["values"], np.float64) for each in (now, stored))
    same = np.allclose(values, then, rtol=1e-4, atol=1e-5, equal_nan=True)
    if stored["digest"] == now["digest"]:
        assert same, f"what {name} computes has changed: raise its version, then store the values, see the module"
    assert stored["digest"] == now["digest"], f"{name} is defined otherwise now: store its values, see the module"


def test_nothing_is_stored_of_features_that_are_gone() -> None:
    assert set(msgspec.json.decode(STORED.read_bytes())) == {*FEATURES, *SEQUENCES}
