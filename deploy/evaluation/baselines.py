"""Baselines: what a team would try first. Each sees who liked what, and scores all items for every user.

Popularity counts likes. ItemKNN: Sarwar et al.: Item-Based Collaborative Filtering. WWW 2001, and ALS: Hu, Koren,
Volinsky. ICDM 2008, both by the `implicit` library. EASE: Steck. WWW 2019. Their settings are chosen on the
validation part of the train part, from a grid around what others report for this kind of data.
"""

import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import numpy as np
from implicit.cpu.als import AlternatingLeastSquares
from implicit.nearest_neighbours import BM25Recommender, CosineRecommender, TFIDFRecommender
from implicit.utils import ParameterWarning
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from threadpoolctl import threadpool_limits

from deploy.evaluation.task import Task, is_relevant
from training.metrics.lists import Hits

K: Final = 20
Scores: TypeAlias = NDArray[np.float32]
Fit: TypeAlias = Callable[["Matrices"], Callable[[NDArray[np.intp]], Scores]]
"""Returns what scores all items, (N, I), for these rows of users, (N,)."""


@dataclass(frozen=True, slots=True)
class Matrices:
    """Who acted on what in the train part of a task."""

    users: Sequence[str]
    items: Sequence[str]
    acted: csr_matrix
    """(U, I) 1 where the user acted on the item."""

    liked: csr_matrix
    """(U, I) 1 where that was relevant."""

    @classmethod
    def of(cls, task: Task) -> "Matrices":
        """Return the matrices of the task's train part; users and items by id."""
        users, items = (sorted({getattr(event, name) for event in task.train}) for name in ("user_id", "item_id"))
        row = {user: number for number, user in enumerate(users)}
        column = {item: number for number, item in enumerate(items)}
        shape = (len(users), len(items))
        both = []
        for events in (task.train, [event for event in task.train if is_relevant(event)]):
            at = [row[event.user_id] for event in events], [column[event.item_id] for event in events]
            matrix = csr_matrix((np.ones(len(events), np.float32), at), shape=shape)
            matrix.data[:] = 1  # acted twice is acted
            both.append(matrix)
        return cls(users, items, *both)


def _popularity(matrices: Matrices) -> Callable[[NDArray[np.intp]], Scores]:
    likes = np.asarray(matrices.liked.sum(axis=0), np.float32)
    return lambda users: np.repeat(likes, len(users), axis=0)


def _item_knn(kind: type[Any], neighbors: int, of: str) -> Fit:
    def fit(matrices: Matrices) -> Callable[[NDArray[np.intp]], Scores]:
        matrix: csr_matrix = getattr(matrices, of)
        model = kind(K=neighbors, num_threads=1)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ParameterWarning)  # of a conversion that the library makes itself
            model.fit(matrix, show_progress=False)
        return lambda users: (matrix[users] @ model.similarity).toarray().astype(np.float32)

    return fit


def _als(factors: int, regularization: float) -> Fit:
    def fit(matrices: Matrices) -> Callable[[NDArray[np.intp]], Scores]:
        with threadpool_limits(1, "blas"):
            model = AlternatingLeastSquares(
                factors=factors, regularization=regularization, iterations=15, random_state=7, num_threads=1
            )
            model.fit(matrices.liked, show_progress=False)
        return lambda users: model.user_factors[users] @ model.item_factors.T

    return fit


def _ease(l2: float) -> Fit:
    def fit(matrices: Matrices) -> Callable[[NDArray[np.intp]], Scores]:
        kept = np.flatnonzero(np.asarray(matrices.liked.sum(axis=0)).ravel() >= 3)
        liked = matrices.liked[:, kept]
        gram = (liked.T @ liked).toarray().astype(np.float64)
        gram[np.diag_indices_from(gram)] += l2
        inverse = np.linalg.inv(gram)
        weights = (inverse / -np.diag(inverse)).astype(np.float32)
        np.fill_diagonal(weights, 0)

        def score(users: NDArray[np.intp]) -> Scores:
            scores = np.zeros((len(users), len(matrices.items)), np.float32)
            scores[:, kept] = liked[users] @ weights
            return scores

        return score

    return fit


BASELINES: Final[Mapping[str, Mapping[str, Fit]]] = {
    "popularity": {"likes": _popularity},
    "item_knn": {
        f"{kind.__name__.removesuffix('Recommender').lower()} of {of}, {neighbors} neighbours": _item_knn(
            kind, neighbors, of
        )
        for kind in (CosineRecommender, TFIDFRecommender, BM25Recommender)
        for neighbors in (20, 100)
        for of in ("liked", "acted")
    },
    "als": {
        f"{factors} factors, regularization {weight:g}": _als(factors, weight)
        for factors in (32, 64)
        for weight in (0.1, 10.0)
    },
    "ease": {f"l2 {l2:g}": _ease(l2) for l2 in (200.0, 500.0)},
}
"""By name, the settings to choose from, each with how it is fitted."""


@dataclass(frozen=True, slots=True)
class Baseline:
    """A baseline's lists, and which setting made them."""

    name: str
    setting: str
    lists: Sequence[Sequence[str]]
    """(U,) for each user of the task, at most K items, the best first."""


def baselines(task: Task, report: Callable[[str], None] = lambda what: None) -> Iterator[Baseline]:
    """Yield each baseline with the setting that is best on the validation part, fitted on the whole train part."""
    validation = task.validation()
    tuning, final = Matrices.of(validation), Matrices.of(task)
    for name, settings in BASELINES.items():
        best = next(iter(settings))
        if len(settings) > 1:
            gains = {}
            for setting, fit in settings.items():
                report(f"{name}: {setting}")
                made = lists_of(fit(tuning), tuning, validation.users)
                gains[setting] = float(Hits.of(made, validation.relevant, K).ndcg(10).mean())
            best = max(gains, key=lambda setting: gains[setting])
        report(f"{name}: {best}, on all of the train part")
        yield Baseline(name, best, lists_of(settings[best](final), final, task.users))


def lists_of(score: Callable[[NDArray[np.intp]], Scores], matrices: Matrices, users: Sequence[str]) -> list[list[str]]:
    """Return each user's K best items that the user had not acted on; fewer where fewer have a score above 0."""
    number = {user: at for at, user in enumerate(matrices.users)}
    rows = np.array([number[user] for user in users], np.intp)
    scores = score(rows)
    scores[matrices.acted[rows].nonzero()] = 0
    order = np.argsort(-scores, axis=1, kind="stable")[:, :K]
    return [[matrices.items[item] for item in best if own[item] > 0] for own, best in zip(scores, order, strict=True)]
