"""Transitions: items that are taken shortly after one another, whatever was thought of them.

A pair of one user with g places between counts decay ** (g - 1); an item's row and column are divided by
(its sum + shrinkage) ** norm, so that the popular ones do not win everywhere.
"""

import numpy as np
from pydantic import BaseModel, ConfigDict, Field
from scipy.sparse import coo_array, csr_array, diags_array

from training.artifact.forward.history import Weighting
from training.artifact.manifest import Manifest
from training.artifact.model import Model
from training.interactions import Interactions
from training.recall.behavior import Behavior
from training.recall.item_item import item_item
from training.recall.shared import well_known


class TransitionsConfig(BaseModel):
    """How transitions are counted, and how they read a history."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    window: int = Field(15, ge=1, description="Places within which two items count as near.")
    decay: float = Field(0.85, gt=0, le=1, description="What one place more leaves of a pair's count.")
    shrinkage: float = Field(5.0, ge=0, description="Added to an item's sum: what is hardly known counts less.")
    norm: float = Field(0.5, ge=0, le=1, description="Power of the sums that counts are divided by.")
    least_support: int = Field(1, ge=1, description="Users that an item needs to take part.")
    most_items: int = Field(1_000_000, ge=2, description="Items that take part, the best known.")
    half_life: float = Field(5.0, gt=0, description="Places in the history after which an item counts half.")


def fit_transitions(interactions: Interactions, manifest: Manifest, config: TransitionsConfig) -> Model:
    """Return transitions as a model of kind `transitions`.

    `manifest` says whose it is. Raises UnfitExamplesError if there are fewer than two users or items.
    """
    behavior = Behavior.of(interactions)
    kept = well_known(behavior.support(), config.least_support, config.most_items)
    number = np.full(behavior.items, -1)
    number[kept] = np.arange(len(kept))
    taking = np.flatnonzero(number[behavior.item] >= 0)
    user, item = behavior.user[taking], number[behavior.item[taking]]
    rows, columns, counts = [], [], []
    for gap in range(1, config.window + 1):
        same = user[gap:] == user[:-gap]
        rows.append(item[:-gap][same])
        columns.append(item[gap:][same])
        counts.append(np.full(int(same.sum()), config.decay ** (gap - 1)))
    shape = (len(kept), len(kept))
    one_way = coo_array((np.concatenate(counts), (np.concatenate(rows), np.concatenate(columns))), shape=shape)
    # Both ways: of two items taken in the same second, or in one sitting, the order says nothing.
    near = csr_array(one_way + one_way.T)
    scale = diags_array((near.sum(axis=1) + config.shrinkage) ** -config.norm)
    weighting = Weighting("any", half_life=config.half_life)
    words = [interactions.items[at] for at in kept]
    return item_item("transitions", manifest, config, csr_array(scale @ near @ scale), weighting, words)
