"""Scoring: a model's scores as work to be done, by whoever is free."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from training.features.compiled import compiled, only_read
from training.features.native import Task, array, native, told


@dataclass(frozen=True, slots=True)
class Scoring:
    """Scores, and the task that writes them."""

    scores: NDArray[np.float32]
    """(K,) by the model's number; not to be read before the task was run."""

    task: Task

    def run(self) -> NDArray[np.float32]:
        """Run the task here; return the scores."""
        self.task.run()
        return self.scores


def products(items: NDArray[np.float32], user: NDArray[np.float32], offset: float = 0.0) -> Scoring:
    """Return, as work to be done, each item's product with the user.

    Args:
        items: (K, F), of at least one item and contiguous.
        user: (F,)
        offset: what is added to each.

    Raises ValueError if they do not fit together.
    """
    if items.shape[1:] != user.shape:  # a compiled loop does not look, and would read what lies behind
        raise ValueError(f"products of items with {items.shape[1:]} factors with a user with {user.shape}")
    scores = np.full(len(items), offset, np.float32)
    return Scoring(scores, _all_products.task(items, user, scores))


_PRODUCTS: Final = (only_read("float32", 2), only_read("float32"), "float32[::1]")


@compiled(*_PRODUCTS, reorder=True)
def add_products(items: NDArray[np.float32], user: NDArray[np.float32], sums: NDArray[np.float32]) -> None:
    """Add to the sums (K,) the product of each item (K, F) with the user (F,)."""
    for item in range(items.shape[0]):
        product = np.float32(0)
        for factor in range(items.shape[1]):
            product += items[item, factor] * user[factor]
        sums[item] += product


@native(*_PRODUCTS)
def _all_products(address: int) -> None:
    argument = told(address, 3)
    user, sums = array(argument, 1, np.float32), array(argument, 2, np.float32)
    add_products(array(argument, 0, np.float32).reshape(len(sums), len(user)), user, sums)
