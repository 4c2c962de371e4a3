"""Growing LambdaMART by LightGBM, and its trees as arrays."""

import warnings
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import lightgbm
import numpy as np
import torch
from numpy.typing import NDArray

from training.checkpoint import Epoch
from training.errors import RecipeError, StoppedError
from training.example_files import ExampleReader
from training.examples import Examples, joined
from training.group_metrics import GroupMetrics
from training.loop import Fitted, Progress
from training.models.lambdamart import LambdaMARTConfig
from training.recipe import Recipe

_STEP: Final = 10
"""Trees after which the validation lists are looked at."""


def grow(
    recipe: Recipe,
    train: ExampleReader,
    validation: ExampleReader,
    seed: int,
    report: Callable[[Progress], None],
    stopping: Callable[[], bool],
) -> Fitted:
    """Return the trees, as many as order the validation lists best; a function of examples and seed.

    Raises StoppedError once `stopping()`: growing starts anew when the run goes on, it takes minutes at most.
    """
    config, batch = recipe.model, recipe.fitting.batch
    if not isinstance(config, LambdaMARTConfig):
        raise RecipeError(f"model.kind: {config.kind} has no trees to grow")
    given = _held(train.batches(batch, shuffle_buffer=recipe.data.shuffle_buffer, seed=seed), config.most_examples)
    checked = _held(validation.batches(batch), config.most_examples)
    curve: list[Epoch] = []

    def after(env: lightgbm.callback.CallbackEnv) -> None:
        if stopping():
            raise StoppedError(f"stopped after {env.iteration} of {config.trees} trees; --resume grows them anew")
        metrics = _measured(env.model, checked, recipe)
        curve.append(Epoch(1 - metrics[recipe.metric], metrics))
        report(Progress(env.iteration + 1, 0, curve[-1].loss, tuple(curve)))

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of parameters that a call gives twice
        booster = lightgbm.train(_params(config, seed), _dataset(given), config.trees, callbacks=[_every(after)])
    gains = [epoch.metrics[recipe.metric] for epoch in curve]
    best = int(np.argmax(gains))
    told = min(config.trees, (best + 1) * _STEP)
    tensors = {name: torch.from_numpy(each) for name, each in arrays(booster.dump_model(num_iteration=told)).items()}
    return Fitted(tensors, best, tuple(curve))


def _every(after: Callable[[lightgbm.callback.CallbackEnv], None]) -> Callable[[lightgbm.callback.CallbackEnv], None]:
    def called(env: lightgbm.callback.CallbackEnv) -> None:
        if (env.iteration + 1) % _STEP == 0 or env.iteration + 1 == env.end_iteration:
            after(env)

    return called


def arrays(dumped: Mapping[str, Any]) -> dict[str, NDArray[Any]]:
    """Return the trees of a dumped booster as the tensors that `forward.lambdamart` reads."""
    trees = [list(_nodes(info["tree_structure"])) for info in dumped["tree_info"]]
    shape = len(trees), max(map(len, trees), default=1)
    found: dict[str, NDArray[Any]] = {
        "feature": np.zeros(shape, np.int32),
        "threshold": np.full(shape, np.inf),
        "left": np.zeros(shape, np.int32),
        "right": np.zeros(shape, np.int32),
        "value": np.zeros(shape),
    }
    depth = 0
    for row, nodes in enumerate(trees):
        for number, (level, node, left, right) in enumerate(nodes):
            depth = max(depth, level)
            found["left"][row, number], found["right"][row, number] = left, right
            if "split_feature" in node:
                found["feature"][row, number] = node["split_feature"]
                found["threshold"][row, number] = node["threshold"]
            else:
                found["value"][row, number] = node["leaf_value"]
    return {**found, "depth": np.array([depth], np.int32)}


def _nodes(root: Mapping[str, Any]) -> Iterator[tuple[int, Mapping[str, Any], int, int]]:
    """Yield each node: its level, itself, and the numbers of its children; a leaf's are its own."""
    waiting: list[tuple[int, Mapping[str, Any]]] = [(0, root)]
    number = 0
    while number < len(waiting):
        level, node = waiting[number]
        if "split_feature" in node:
            left = len(waiting)
            waiting += [(level + 1, node["left_child"]), (level + 1, node["right_child"])]
            yield level, node, left, left + 1
        else:
            yield level, node, number, number
        number += 1


def _params(config: LambdaMARTConfig, seed: int) -> dict[str, Any]:
    return {
        "objective": "lambdarank",
        "lambdarank_truncation_level": config.truncation,
        "label_gain": list(config.gains),
        "num_leaves": config.leaves,
        "learning_rate": config.learning_rate,
        "feature_fraction": config.feature_share,
        "bagging_fraction": config.row_share,
        "bagging_freq": 1,
        "min_data_in_leaf": config.least,
        "lambda_l2": config.l2,
        "seed": seed,
        "deterministic": True,
        "force_row_wise": True,
        "num_threads": 1,  # with more, sums depend on which thread is first
        "verbose": -1,
    }


def _dataset(given: Examples) -> lightgbm.Dataset:
    return lightgbm.Dataset(given.values, grades(given), group=np.diff(given.starts), weight=given.weight)


def grades(given: Examples) -> NDArray[np.int32]:
    """Return (E,) 2 where the first head's outcome came, 1 where another one did, 0 elsewhere or if not known."""
    came = given.labels == 1
    return np.where(came[:, 0], 2, np.where(came.any(axis=1), 1, 0)).astype(np.int32)


def _held(batches: Iterator[Examples], most: int) -> Examples:
    held: list[Examples] = []
    count = 0
    for batch in batches:
        held.append(batch)
        count += len(batch)
        if count >= most:
            break
    return joined(held)


def _measured(booster: lightgbm.Booster, checked: Examples, recipe: Recipe) -> dict[str, float]:
    metrics = GroupMetrics()
    metrics.add(np.asarray(booster.predict(checked.values), np.float32), checked.labels[:, 0], checked.group)
    return metrics.values
