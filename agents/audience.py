"""Audience agent: accepted behaviour becomes the items' statistics, neighbours and audiences."""

from collections.abc import Mapping, Sequence
from operator import attrgetter

from agents.behavior import item_key
from agents.folds import audience, neighbors, stats
from agents.folds.sourced import Sourced
from agents.grouping import by_key
from agents.runtime.agent import Agent
from agents.runtime.work import Work
from agents.tables import ITEM_AUDIENCE, ITEM_NEIGHBORS, ITEM_STATS
from schemas.records import BehaviorEvent
from schemas.strength import is_positive
from schemas.tenancy import chunk_key
from topics.catalog import ACCEPTED


def fold(events: Sequence[Sourced[BehaviorEvent]], work: Work) -> None:
    """Fold accepted events into the rows of their items; statistics have a row for each scenario.

    Samples and audiences are of those who liked an item: most events, mere views, cannot change them.
    """
    by_item = by_key(events, item_key)
    for key, theirs in by_item.items():
        for scenario, of_it in _by_scenario(theirs).items():
            row_key = chunk_key(key, scenario)
            work.put(ITEM_STATS, row_key, stats.fold(work.get(ITEM_STATS, row_key), of_it))
        if liked := [each for each in theirs if is_positive(each.event.action, each.event.value)]:
            work.put(ITEM_NEIGHBORS, key, neighbors.fold(work.get(ITEM_NEIGHBORS, key), liked))
            work.put(ITEM_AUDIENCE, key, audience.fold(work.get(ITEM_AUDIENCE, key), liked))


def _by_scenario(events: Sequence[Sourced[BehaviorEvent]]) -> Mapping[str, Sequence[Sourced[BehaviorEvent]]]:
    scenarios = {sourced.event.scenario for sourced in events}
    return {scenarios.pop(): events} if len(scenarios) == 1 else by_key(events, attrgetter("scenario"))


AUDIENCE_AGENT = Agent(
    name="audience",
    source=ACCEPTED,
    tables=(ITEM_STATS, ITEM_NEIGHBORS, ITEM_AUDIENCE),
    key_of=item_key,
    fold=fold,
    travelled=True,
)
