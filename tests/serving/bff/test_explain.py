"""An explanation says of every item just one thing, and that is what happened."""

import numpy as np
import pytest

from schemas.decision_records import Decision
from schemas.packing import pack_floats
from serving.bff.explain import ByChannel, Fate, explain

NAN = float("nan")


def column(*numbers: float) -> bytes:
    return pack_floats(np.array(numbers, np.float32))


def decision(**changes: object) -> Decision:
    """Return a list of two of four candidates, in merged order a, b, c, d; ranked c, a, b, d; the rules moved b up."""
    given = {
        "items": ["c", "b"],
        "scores": column(0.9, 0.5),
        "ranker": "deepfm",
        "candidates": ["a", "b", "c", "d"],
        "fused": column(4, 3, 2, 1),
        "channels": ["als", "hot"],
        "proposed": column(2, NAN, 1, 7, NAN, 8, 1, NAN),
        "features": ["hour", "item_age"],
        "values": column(1, 2, 3, 4),
        "ranked": column(0.7, 0.5, 0.9, 0.1),
        "removed": ["e", "f"],
        "removed_by": ["availability", "seen"],
        **changes,
    }
    return Decision("r", "t", "u", "feed", 0, 0, **given)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("item", "fate", "position", "rank", "told"),
    [
        ("c", Fate.SHOWN, 1, 1, "shown at position 1, ranked 1 of 4"),
        ("b", Fate.SHOWN, 2, 3, "shown at position 2, ranked 3 of 4"),
        ("a", Fate.PASSED_OVER, None, 2, "ranked 2 of 4, but the rules put others before it"),
        ("d", Fate.BELOW, None, 4, "ranked 4 of 4: below the end of the list"),
        ("e", Fate.REMOVED, None, None, "taken out by availability before ranking"),
        ("f", Fate.REMOVED, None, None, "taken out by seen before ranking"),
        ("elsewhere", Fate.NOT_RECALLED, None, None, "no channel proposed it, or merging had no room for it"),
    ],
)
def test_each_item_has_its_fate(item: str, fate: Fate, position: int | None, rank: int | None, told: str) -> None:
    found = explain(decision(), item)
    assert (found.fate, found.position, found.rank, found.told) == (fate, position, rank, told)


def test_channels_are_told_with_score_and_rank() -> None:
    assert explain(decision(), "b").channels == [ByChannel("als", 1.0, 2), ByChannel("hot", 7.0, 2)]
    assert explain(decision(), "c").channels == [ByChannel("hot", 8.0, 1)]
    assert explain(decision(), "d").channels == [ByChannel("als", 1.0, 3)], "of equal scores the earlier comes first"
    assert explain(decision(), "e").channels == ()


def test_features_are_those_of_shown_items() -> None:
    assert explain(decision(), "b").features == {"hour": 3.0, "item_age": 4.0}
    assert explain(decision(), "a").features == {}


def test_an_older_record_without_the_rankers_scores_is_explained_as_far_as_it_goes() -> None:
    found = explain(decision(ranked=b""), "d")
    assert (found.fate, found.rank, found.merged_rank, found.score) == (Fate.BELOW, None, 4, None)
    assert found.told == "not ranked: below the end of the list"
