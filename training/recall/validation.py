"""Validation of recall models: how well one foretells what each user liked last, fitted without it.

Two versions are told apart by it (`tideline models release`); both on their own log, so roughly.
"""

from collections.abc import Callable, Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from training.artifact.forward.recall import RECALL_MODELS
from training.artifact.model import Model
from training.errors import UnfitExamplesError
from training.interactions import Interactions
from training.recall.behavior import Behavior

_RECENT: Final = 50
"""As many of a user's last items as serving knows with all there is."""

_LEAST: Final = 3
"""Items that a user must have liked: one is foretold, from the others."""

USERS: Final = 2_000


def validated(
    interactions: Interactions, fit: Callable[[Interactions], Model], users: int = USERS
) -> Mapping[str, float]:
    """Return `ndcg@10` and `recall@20` of each user's last liked item among all that the user had not met.

    Args:
        interactions: by time.
        fit: makes a model of those that are left to it.
        users: at most that many are asked, spread evenly over the users' numbers.

    Returns:
        The metrics; none if no user liked three items, or nothing can be fitted on what is left.
    """
    user, at = _last_liked(interactions, users)
    if not len(user):
        return {}
    kept = interactions.take(~_later(interactions, user, at))
    try:
        fitted, behavior = fit(kept), Behavior.of(kept)
    except UnfitExamplesError:
        return {}
    model = RECALL_MODELS[fitted.manifest.kind](fitted)
    number = {item: place for place, item in enumerate(fitted.words["items"])}
    numbers = np.array([number.get(item, -1) for item in interactions.items], np.int64)  # a model may leave items out
    place = np.full(len(user), len(interactions.items) + 20, np.int64)
    for row, (who, truth) in enumerate(zip(user.tolist(), numbers[interactions.item[at]].tolist(), strict=True)):
        if truth < 0:
            continue
        history = behavior.history(who, _RECENT).renumbered(lambda items: numbers[items])
        scores = model.scores(history).astype(np.float64)
        own = scores[truth]
        scores[[truth, *history.items, *history.older]] = -np.inf
        place[row] = np.count_nonzero(scores >= own)  # ties stand before it, so a constant gains nothing
    return {
        "ndcg@10": float(np.where(place < 10, 1 / np.log2(place + 2.0), 0.0).mean()),
        "recall@20": float((place < 20).mean()),
    }


def _last_liked(interactions: Interactions, most: int) -> tuple[NDArray[np.int64], NDArray[np.intp]]:
    """Return users, and for each the position of the last interaction that likes an item."""
    liked, items = np.flatnonzero(interactions.positive), max(len(interactions.items), 1)
    pairs = np.unique(interactions.user[liked].astype(np.int64) * items + interactions.item[liked])
    count = np.bincount(pairs // items, minlength=len(interactions.users))
    last = np.full(len(interactions.users), -1, np.intp)
    last[interactions.user[liked]] = liked  # of several assignments the last one stands
    users = np.flatnonzero(count >= _LEAST)
    if len(users) > most:
        users = users[np.linspace(0, len(users) - 1, most).round().astype(np.intp)]
    return users, last[users]


def _later(interactions: Interactions, user: NDArray[np.int64], at: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Return (M,) what these users did on the item that is foretold, and all that they did after it."""
    cut = np.full(len(interactions.users), len(interactions), np.intp)
    foretold = np.full(len(interactions.users), -1, np.int64)
    cut[user], foretold[user] = at, interactions.item[at]
    later: NDArray[np.bool_] = np.arange(len(interactions)) >= cut[interactions.user]
    later |= foretold[interactions.user] == interactions.item
    return later
