"""Validation foretells what was held out, and from nothing that came with it or after it."""

import numpy as np
import pytest
from hypothesis import given

from schemas.records import Action
from tests.training.recall.behaviors import MANIFEST, Act, acts, behaved, tastes
from training.artifact.model import Model
from training.interactions import Interactions
from training.recall.als import ALSConfig, fit_als
from training.recall.ease import EASEConfig, fit_ease
from training.recall.transitions import TransitionsConfig, fit_transitions
from training.recall.validation import validated


@pytest.mark.parametrize(
    "fit",
    [
        lambda given: fit_ease(given, MANIFEST, EASEConfig(l2=5)),
        lambda given: fit_als(given, MANIFEST, ALSConfig(factors=2)),
        lambda given: fit_transitions(given, MANIFEST, TransitionsConfig()),
    ],
    ids=["ease", "als", "transitions"],
)
def test_planted_tastes_are_foretold(fit: object) -> None:
    found = validated(behaved(tastes()), fit)  # type: ignore[arg-type]
    assert found["ndcg@10"] > 0.6, "of two items that are left of the taste, one of ten in all"
    assert found["recall@20"] == 1.0


@given(acts)
def test_the_model_never_sees_what_is_foretold_nor_what_came_after(drawn: list[Act]) -> None:
    whole, seen = behaved(drawn), list[Interactions]()

    def fit(left: Interactions) -> Model:
        seen.append(left)
        return fit_ease(left, MANIFEST, EASEConfig(l2=5))

    found = validated(whole, fit)
    if not seen:
        assert found == {}
        return
    (left,) = seen
    for user in range(len(whole.users)):
        own = [(item, positive) for item, positive in _pairs(whole, user)]
        if len({item for item, positive in own if positive}) < 3:
            assert _pairs(left, user) == own
            continue
        last = max(place for place, (_, positive) in enumerate(own) if positive)
        truth = own[last][0]
        assert _pairs(left, user) == [each for each in own[:last] if each[0] != truth]


def _pairs(given: Interactions, user: int) -> list[tuple[int, bool]]:
    at = np.flatnonzero(given.user == user)
    return list(zip(given.item[at].tolist(), given.positive[at].tolist(), strict=True))


def test_no_more_users_are_asked_than_wanted() -> None:
    asked: list[int] = []

    def fit(left: Interactions) -> Model:
        asked.append(len(left))
        return fit_ease(left, MANIFEST, EASEConfig(l2=5))

    validated(behaved(tastes(40)), fit, users=7)
    assert asked == [40 * 4 - 7]


def test_an_item_that_the_model_left_out_is_not_foretold() -> None:
    once = [*tastes(), *(("w", item, Action.LIKE) for item in ("e0", "e1", "only here"))]
    alone = [*tastes(), *(("w", item, Action.LIKE) for item in ("e0", "e1", "e2"))]

    def fit(left: Interactions) -> Model:
        return fit_transitions(left, MANIFEST, TransitionsConfig())

    assert validated(behaved(once), fit)["recall@20"] == pytest.approx(40 / 41)
    assert validated(behaved(alone), fit)["recall@20"] == 1.0


def test_of_too_little_nothing_is_said() -> None:
    few = [("u", "a", Action.LIKE), ("u", "b", Action.LIKE), ("v", "a", Action.LIKE)]
    assert validated(behaved(few), lambda left: fit_ease(left, MANIFEST, EASEConfig())) == {}
