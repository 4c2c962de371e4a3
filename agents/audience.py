"""Audience agent: accepted behaviour becomes the items' statistics, neighbours and audiences."""

from collections.abc import Sequence

from agents.behavior import item_key
from agents.folds import audience, neighbors, stats
from agents.folds.sourced import Sourced
from agents.grouping import by_key, fold_rows
from agents.runtime.agent import Agent
from agents.runtime.work import Work
from agents.tables import ITEM_AUDIENCE, ITEM_NEIGHBORS, ITEM_STATS
from schemas.records import BehaviorEvent
from schemas.tenancy import chunk_key
from topics.catalog import ACCEPTED


def _scenario_key(event: BehaviorEvent) -> bytes:
    return chunk_key(item_key(event), event.scenario)


def fold(events: Sequence[Sourced[BehaviorEvent]], work: Work) -> None:
    """Fold accepted events into the rows of their items; statistics have a row for each scenario."""
    by_item = by_key(events, item_key)
    fold_rows(work, ITEM_NEIGHBORS, by_item, neighbors.fold)
    fold_rows(work, ITEM_AUDIENCE, by_item, audience.fold)
    fold_rows(work, ITEM_STATS, by_key(events, _scenario_key), stats.fold)


AUDIENCE_AGENT = Agent(
    name="audience",
    source=ACCEPTED,
    tables=(ITEM_STATS, ITEM_NEIGHBORS, ITEM_AUDIENCE),
    key_of=item_key,
    fold=fold,
    travelled=True,
)
