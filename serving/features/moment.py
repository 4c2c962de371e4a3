"""The moment of a query: its state, its candidates and the views' columns, as features read them."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from serving.candidate import Candidates
from serving.query import Query, UserState
from serving.views.item_reads import ItemReads
from training.features.facts import UserFacts
from training.features.moment import Moment

if TYPE_CHECKING:
    from serving.bff.read_model import ReadModel
    from serving.views.catalogue import Catalogue

_STRANGE: Final = 1 << 30
"""First number of tags that no item of the catalogue has; no catalogue has a billion words."""


@dataclass(frozen=True, slots=True)
class Read:
    """What was read of the views for a query: its moment, and the rows that it comes from."""

    moment: Moment
    items: ItemReads
    """Of the candidates, then of the items of the user's last interactions."""


def moment_of(world: "ReadModel", query: Query, candidates: Candidates) -> Read:
    """Return what features read of the candidates; it holds copies, so that nothing in it changes any more."""
    size = len(candidates)
    user = _user(query.state, query.catalogue)
    # One look for both: it costs the same few hundred steps for one item as for all.
    items = np.concatenate((candidates.items, user.items))
    read = world.read_items(query.tenant, query.scenario, items, query.as_of_ms)
    moment = Moment(
        as_of_ms=query.as_of_ms,
        scenario=query.scenario,
        user=user,
        recent_facts=read.facts.between(size, len(items)),
        recent_counts=read.counts.take(slice(size, None)),
        candidates=candidates.items,
        facts=read.facts.between(0, size),
        counts=read.counts.take(slice(size)),
        scenario_counts=read.scenario_counts.take(slice(size)),
        proposed=candidates.proposed,
        channels=candidates.channels,
        fused=candidates.scores,
    )
    return Read(moment, read)


def _user(state: UserState, catalogue: "Catalogue") -> UserFacts:
    # A tag that no item has is one all the same: what is known of a user must not depend on the rest of the catalogue.
    numbers = np.fromiter(map(catalogue.word, state.tags), np.int32, len(state.tags))
    strange = np.flatnonzero(numbers < 0)
    numbers[strange] = _STRANGE + np.arange(len(strange), dtype=np.int32)
    affinities = np.fromiter(state.tags.values(), np.float64, len(state.tags))
    recent = state.recent
    return UserFacts(
        items=recent.items,
        actions=recent.actions,
        times=recent.times,
        values=recent.values,
        seen=len(state.seen),
        tags=numbers,
        affinities=affinities,
    )
