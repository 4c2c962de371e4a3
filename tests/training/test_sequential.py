"""The sequential models find a planted order, and serve as they were trained."""

from pathlib import Path

import numpy as np
import pytest
import torch

from schemas.records import Action, BehaviorEvent
from training.artifact.forward import retrieval, sasrec
from training.artifact.forward.shares import tag_shares
from training.artifact.manifest import Manifest
from training.artifact.model import Model
from training.artifact.storage import load, save
from training.errors import UnfitExamplesError
from training.fitting import Fitting
from training.interactions import Interactions
from training.models.retrieval import RetrievalConfig
from training.models.sasrec import SASRecConfig
from training.sequential import fit_retrieval, fit_sasrec

torch.set_num_threads(1)
MANIFEST = Manifest(name="m", kind="", version="v1", tenant="t", created_at=0, features=[], seed=1)
ITEMS, USERS, TAKEN = 12, 60, 6


def chain() -> Interactions:
    """Every user takes items in a circle: after number k comes k + 1."""
    taken = [(user, place) for user in range(USERS) for place in range(TAKEN)]
    return Interactions.of(
        BehaviorEvent(f"{user}-{place}", "t", f"u{user:02}", f"i{(user + place) % ITEMS:02}", Action.LIKE.value, place)
        for user, place in taken
    )


def fitting(epochs: int) -> Fitting:
    return Fitting(epochs=epochs, patience=epochs, learning_rate=0.02, device="cpu")


def stored(folder: Path, model: Model) -> Model:
    save(folder / "model", model)
    return load(folder / "model")


def test_sasrec_learns_what_comes_next(tmp_path: Path) -> None:
    config = SASRecConfig(size=16, length=5, blocks=1, dropout=0.0)
    model = stored(tmp_path, fit_sasrec(chain(), MANIFEST, config, fitting(25), tmp_path / "checkpoint"))
    assert model.manifest.kind == "sasrec"
    assert model.manifest.metrics["ndcg@10"] > 0.9
    history = np.array([[3, 4, 5]])
    scores = sasrec.user_vectors(model.tensors, history) @ model.tensors["items"].T
    scores[:, history[0]] = -np.inf
    assert model.words["items"][int(scores.argmax())] == "i06"
    assert not (tmp_path / "checkpoint").exists()


def test_retrieval_learns_what_comes_next_and_knows_new_items_by_their_tags(tmp_path: Path) -> None:
    tags = {f"i{number:02}": ["even" if number % 2 == 0 else "odd", f"third{number // 4}"] for number in range(ITEMS)}
    config = RetrievalConfig(size=16, length=5, half_life=1.0, temperature=0.2, forget=0.2, dropout=0.0)
    model = stored(tmp_path, fit_retrieval(chain(), tags, MANIFEST, config, fitting(40), tmp_path / "checkpoint"))
    assert model.manifest.metrics["ndcg@10"] > 0.7
    vectors = model.tensors["vectors"]
    assert vectors.shape == (ITEMS, 16)
    history = vectors[np.array([3, 4, 5])]
    user = retrieval.user_vectors(model.tensors, retrieval.bag(history, config.half_life)[None])
    scores = (user @ vectors.T)[0]
    scores[[3, 4, 5]] = -np.inf
    assert model.words["items"][int(scores.argmax())] in ("i06", "i07")
    shares = tag_shares([["even", "third1"], []], model.words["tags"])
    new = retrieval.item_vectors(model.tensors, np.zeros((2, 16), np.float32), shares)
    np.testing.assert_allclose(np.linalg.norm(new[0]), 1, rtol=1e-5)
    alike = vectors @ new[0]
    assert alike[[4, 6]].mean() > alike.mean()


def test_the_seed_decides(tmp_path: Path) -> None:
    config = SASRecConfig(size=8, length=5, blocks=1)
    one, other = (fit_sasrec(chain(), MANIFEST, config, fitting(1), tmp_path / "checkpoint") for _ in range(2))
    for name, tensor in one.tensors.items():
        np.testing.assert_array_equal(tensor, other.tensors[name])


@pytest.mark.parametrize("count", [0, 2])
def test_too_little_behaviour_is_refused(tmp_path: Path, count: int) -> None:
    few = chain()
    with pytest.raises(UnfitExamplesError, match="three items"):
        fit_sasrec(few.take(few.time < count), MANIFEST, SASRecConfig(), fitting(1), tmp_path / "checkpoint")
