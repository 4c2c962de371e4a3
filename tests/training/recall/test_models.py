"""The fitted recall models: each finds planted tastes, is stored whole, and is a function of the set of events."""

import random
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from schemas.records import Action
from tests.training.recall.behaviors import MANIFEST, behaved, events, tastes
from training.artifact.forward.als import ALS
from training.artifact.forward.history import History
from training.artifact.forward.recall import RECALL_MODELS
from training.artifact.model import Model
from training.artifact.storage import load, save
from training.errors import ArtifactMismatchError, UnfitExamplesError
from training.interactions import Interactions
from training.recall.als import ALSConfig, fit_als
from training.recall.ease import EASEConfig, fit_ease
from training.recall.transitions import TransitionsConfig, fit_transitions

Fit = Callable[[Interactions], Model]
FITS: dict[str, Fit] = {
    "ease": lambda given: fit_ease(given, MANIFEST, EASEConfig(l2=5)),
    "als": lambda given: fit_als(given, MANIFEST, ALSConfig(factors=2)),
    "transitions": lambda given: fit_transitions(given, MANIFEST, TransitionsConfig()),
}
each = pytest.mark.parametrize("fit", FITS.values(), ids=FITS)


def liking(model: Model, *items: str) -> History:
    numbers = np.array([model.words["items"].index(item) for item in items], np.int64)
    places = np.arange(len(items))
    return History(numbers, places, np.full(len(items), 2.0), np.ones(len(items), bool), np.empty(0, np.int64))


def scores(model: Model, *items: str) -> dict[str, float]:
    found = RECALL_MODELS[model.manifest.kind](model).scores(liking(model, *items))
    return dict(zip(model.words["items"], found.tolist(), strict=True))


@each
def test_finds_a_planted_taste(fit: Fit, tmp_path: Path) -> None:
    save(tmp_path / "model", fit(behaved(tastes())))
    model = load(tmp_path / "model")
    found = scores(model, "e0", "e1")
    assert min(found[f"e{number}"] for number in (2, 3, 4)) > max(found[f"o{number}"] for number in range(5))
    assert np.isfinite(list(found.values())).all()


@each
def test_has_nothing_for_a_new_user(fit: Fit) -> None:
    model = fit(behaved(tastes()))
    assert not RECALL_MODELS[model.manifest.kind](model).scores(History.none()).any()


@each
def test_is_a_function_of_the_set_of_events(fit: Fit) -> None:
    given = events(tastes())
    shuffled = [*given, *given[:20]]
    random.Random(1).shuffle(shuffled)
    one, other = fit(Interactions.of(given)), fit(Interactions.of(shuffled))
    assert one.words == other.words
    for name, tensor in one.tensors.items():
        np.testing.assert_array_equal(tensor, other.tensors[name])


@each
def test_too_little_is_refused(fit: Fit) -> None:
    with pytest.raises(UnfitExamplesError):
        fit(behaved([("u", "a", Action.LIKE), ("v", "a", Action.LIKE)]))


@each
def test_what_does_not_fit_is_refused(fit: Fit) -> None:
    model = fit(behaved(tastes()))
    make = RECALL_MODELS[model.manifest.kind]
    with pytest.raises(ArtifactMismatchError, match="again"):
        make(Model(model.manifest, model.tensors, {"items": model.words["items"][1:]}))
    with pytest.raises(ArtifactMismatchError, match="again"):
        make(Model(model.manifest, {}, model.words))


def test_ease_without_closeness_is_that_of_the_paper() -> None:
    interactions = behaved(tastes())
    config = EASEConfig(l2=7, closeness=1e9, floor=1, graded=False, history="any", power=0, least_support=1)
    model = fit_ease(interactions, MANIFEST, config)
    taken = np.zeros((len(interactions.users), len(interactions.items)))
    taken[interactions.user, interactions.item] = 1
    inverse = np.linalg.inv(taken.T @ taken + 7 * np.eye(taken.shape[1]))
    expected = -inverse / np.diag(inverse)
    np.fill_diagonal(expected, 0)
    history = liking(model, "e0", "o1")
    found = RECALL_MODELS["ease"](model).scores(history)
    np.testing.assert_allclose(found, expected[history.items].sum(0), rtol=1e-4, atol=1e-6)


def test_ease_takes_items_of_one_sitting_for_nearer() -> None:
    acts = []
    for user in range(6):
        apart = [(f"u{user}", f"x{user}-{number}", Action.LIKE) for number in range(40)]
        acts += [(f"u{user}", "a", Action.LIKE), (f"u{user}", "near", Action.LIKE), *apart]
        acts += [(f"u{user}", "far", Action.LIKE)]
    found = scores(fit_ease(behaved(acts), MANIFEST, EASEConfig(closeness=5, floor=0.1)), "a")
    assert found["near"] > found["far"] > 0


def test_ease_keeps_the_best_known_items_and_the_strongest_weights() -> None:
    model = fit_ease(behaved(tastes()), MANIFEST, EASEConfig(most_items=6, neighbors=2))
    assert len(model.words["items"]) == 6
    assert np.bincount(model.tensors["indices"], minlength=6).max() <= 2


def test_als_solves_the_user_as_the_library_does() -> None:
    interactions = behaved(tastes())
    model = fit_als(interactions, MANIFEST, ALSConfig(factors=4, confidence=3.0, regularization=0.5))
    factors = model.tensors["items"].astype(np.float64)
    history = liking(model, "e0", "e3")
    confidence = np.ones(len(factors))
    confidence[history.items] += 3.0
    wanted = np.zeros(len(factors))
    wanted[history.items] = 1
    left = factors.T @ (factors * confidence[:, None]) + 0.5 * np.eye(4)
    expected = np.linalg.solve(left, factors.T @ (confidence * wanted))
    np.testing.assert_allclose(ALS.of(model).user(history), expected, rtol=1e-4, atol=1e-6)


def test_transitions_prefer_what_came_right_after() -> None:
    acts = [(f"u{user}", f"i{(user + place) % 9}", Action.VIEW) for user in range(9) for place in range(4)]
    found = scores(fit_transitions(behaved(acts), MANIFEST, TransitionsConfig()), "i4")
    assert found["i5"] == pytest.approx(found["i3"])
    assert found["i5"] > found["i6"] > found["i7"] > found["i8"] == 0
