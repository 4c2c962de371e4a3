"""The forward pass gives the same on arrays of numpy and on tensors of torch."""

import subprocess
import sys

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from training.artifact.forward import retrieval, sasrec
from training.artifact.forward.arrays import sigmoid, sum_of_buckets
from training.artifact.forward.ranking import FOLD, LOGITS
from training.building import build
from training.models.retrieval import Retrieval, RetrievalConfig
from training.models.sasrec import SASRec, SASRecConfig
from training.preprocessing import Preprocessing
from training.recipe import Recipe, resolve

torch.set_num_threads(1)
FEATURES = ("user_a", "user_b", "item_a", "item_b", "cross_a")
MODELS = {
    "deepfm": {},
    "wide_deep": {"crosses": [["user_a", "item_a"], ["item_b", "cross_a"]], "slots": 50},
    "two_tower": {"user": ["user_*"], "item": ["item_*"], "vector": 4},
}
close = settings(max_examples=15, deadline=None)


def recipe(kind: str, **model: object) -> Recipe:
    model = {"kind": kind, "embedding": 3, "hidden": [7, 5], "buckets": 4, **MODELS[kind], **model}
    return resolve(Recipe.model_validate({"name": "m", "model": model}), FEATURES)


def preprocessing(random: np.random.Generator) -> Preprocessing:
    fields = len(FEATURES)
    edges = np.sort(random.normal(size=(fields, 3)).astype(np.float32), 1)
    edges[0, 1:] = np.inf
    mean, std = random.normal(size=fields).astype(np.float32), random.uniform(0.5, 2, fields).astype(np.float32)
    return Preprocessing(mean, std, edges)


def shaken(module: torch.nn.Module, seed: int) -> torch.nn.Module:
    """With every parameter drawn at random, also those that start at 0."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.normal_(0, 0.5, generator=generator)
    return module


def arrays(module: torch.nn.Module) -> dict[str, np.ndarray]:
    return {name: tensor.numpy() for name, tensor in module.state_dict().items()}


@pytest.mark.parametrize("kind", MODELS)
@close
@given(seed=st.integers(0, 10**6), rows=st.integers(1, 9), alike=st.booleans())
def test_ranking(kind: str, seed: int, rows: int, alike: bool) -> None:
    random = np.random.default_rng(seed)
    module = shaken(build(recipe(kind), preprocessing(random)), seed).eval()
    values = random.normal(0, 3, (rows, len(FEATURES))).astype(np.float32)
    if alike:  # as a request's candidates are, on the user's side
        values[:, :2] = values[0, :2]
    logits = LOGITS[kind](FOLD[kind](arrays(module)), values)
    with torch.no_grad():
        expected = module(torch.from_numpy(values)).numpy()
    assert logits.shape == (rows, 2)
    assert logits.dtype == np.float32
    np.testing.assert_allclose(logits, expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("kind", MODELS)
@close
@given(seed=st.integers(0, 10**6))
def test_a_score_is_the_examples_own(kind: str, seed: int) -> None:
    random = np.random.default_rng(seed)
    folded = FOLD[kind](arrays(shaken(build(recipe(kind), preprocessing(random)), seed)))
    values = random.normal(0, 3, (6, len(FEATURES))).astype(np.float32)
    alone = np.concatenate([LOGITS[kind](folded, values[row : row + 1]) for row in range(6)])
    np.testing.assert_allclose(LOGITS[kind](folded, values), alone, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("kind", MODELS)
def test_every_parameter_has_a_gradient(kind: str) -> None:
    random = np.random.default_rng(0)
    module = shaken(build(recipe(kind, dropout=0.0), preprocessing(random)), 0)
    module(torch.from_numpy(random.normal(0, 2, (64, len(FEATURES))).astype(np.float32))).square().sum().backward()
    assert {name for name, each in module.named_parameters() if each.grad is None or not each.grad.any()} == set()


def test_folding_is_the_embedding_and_the_layer_after_it() -> None:
    """DeepFM, computed as the paper writes it."""
    random = np.random.default_rng(1)
    weights = arrays(shaken(build(recipe("deepfm", hidden=[6]), preprocessing(random)), 1))
    values = random.normal(0, 2, (20, len(FEATURES))).astype(np.float32)
    standard = np.clip((values - weights["mean"]) / weights["std"], -5, 5)
    index = (values[:, :, None] >= weights["edges"]).sum(-1)
    rows = np.arange(len(FEATURES))
    embedded = weights["embedding"][rows, index]  # (N, F, D)
    pairs = sum((embedded[:, i] * embedded[:, j]).sum(-1) for i in rows for j in rows[:i])
    first = weights["linear"][rows, index].sum(1) + standard @ weights["linear_dense"] + weights["bias"]
    hidden = np.einsum("nfd,fdw->nw", embedded, weights["mlp_0_kernel"]) + standard @ weights["mlp_0_dense"]
    deep = np.maximum(hidden + weights["mlp_0_bias"], 0) @ weights["head"]
    expected = first + pairs[:, None] * weights["pairs"] + deep
    np.testing.assert_allclose(LOGITS["deepfm"](FOLD["deepfm"](weights), values), expected, rtol=1e-3, atol=1e-3)


@close
@given(seed=st.integers(0, 10**6), rows=st.integers(1, 8), fields=st.integers(1, 5), alike=st.booleans())
def test_sums_of_buckets(seed: int, rows: int, fields: int, alike: bool) -> None:
    random = np.random.default_rng(seed)
    table = random.normal(size=(fields * 4, 3)).astype(np.float32)
    index = random.integers(0, 4, (rows, fields)).astype(np.uint8)
    if alike:
        index[:, 0] = index[0, 0]
    expected = table.reshape(fields, 4, 3)[np.arange(fields), index].sum(1)
    np.testing.assert_allclose(sum_of_buckets(table, index, 4), expected, rtol=1e-5, atol=1e-5)
    tensors = sum_of_buckets(torch.from_numpy(table), torch.from_numpy(index.astype(np.int64)), 4)
    np.testing.assert_allclose(tensors.numpy(), expected, rtol=1e-5, atol=1e-5)


@close
@given(seed=st.integers(0, 10**6), lengths=st.lists(st.integers(0, 5), min_size=1, max_size=4))
def test_sasrec(seed: int, lengths: list[int]) -> None:
    random = np.random.default_rng(seed)
    module = shaken(SASRec(SASRecConfig(size=6, length=5), 9), seed).eval()
    sequences = np.full((len(lengths), 5), -1, np.int64)
    for row, length in zip(sequences, lengths, strict=True):
        row[5 - length :] = random.integers(0, 9, length)
    found = sasrec.states(arrays(module), sequences)
    with torch.no_grad():
        np.testing.assert_allclose(found, module(torch.from_numpy(sequences)).numpy(), rtol=1e-3, atol=1e-3)
    # What stands in front of a history does not count, and what comes later is not seen.
    short = sequences[:, -max([1, *lengths]) :]
    np.testing.assert_allclose(sasrec.user_vectors(arrays(module), short), found[:, -1], rtol=1e-3, atol=1e-3)
    changed = sequences.copy()
    changed[:, -1] = (changed[:, -1] + 1) % 9
    np.testing.assert_allclose(sasrec.states(arrays(module), changed)[:, :-1], found[:, :-1], rtol=1e-3, atol=1e-3)


@close
@given(seed=st.integers(0, 10**6), length=st.integers(1, 5))
def test_retrieval(seed: int, length: int) -> None:
    random = np.random.default_rng(seed)
    tags = random.dirichlet(np.ones(3), 8).astype(np.float32)
    module = shaken(Retrieval(RetrievalConfig(size=4, length=5, half_life=2.0), tags), seed).eval()
    weights = arrays(module)
    history = random.integers(0, 8, length)
    padded = np.concatenate([np.full(5 - length, -1), history])[None]
    with torch.no_grad():
        users, items = module(torch.from_numpy(padded))
    vectors = retrieval.item_vectors(weights, weights["identities"], tags)
    np.testing.assert_allclose(vectors, items.numpy(), rtol=1e-4, atol=1e-4)
    user = retrieval.user_vectors(weights, retrieval.bag(vectors[history], 2.0)[None])
    np.testing.assert_allclose(user, users.numpy(), rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, rtol=1e-4)


@given(st.floats(-1e6, 1e6, width=32))
def test_sigmoid_stays_finite(value: float) -> None:
    assert 0 < sigmoid(np.array([value], np.float32))[0] <= 1


def test_serving_needs_no_torch() -> None:
    modules = ("ranking", "sasrec", "retrieval")
    imports = "; ".join(f"import training.artifact.forward.{each}" for each in modules)
    code = f"{imports}; import sys; assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
