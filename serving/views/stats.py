"""Stats view: what is hot, for each tenant and scenario."""

from collections import defaultdict
from collections.abc import Sequence
from typing import ClassVar, Final

import numpy as np
from numpy.typing import NDArray

from schemas.records import ItemStats
from serving.views.catalogue import Catalogues
from serving.views.counted import of_block
from serving.views.duty import Duty
from serving.views.hotness import NOTHING_HOT, Hotness, ItemScores
from serving.views.item_reads import Rows
from topics.changelogs import ITEM_STATS
from topics.offsets import Partition
from topics.rows import Change
from topics.topic import Topic
from training.features.counts import ItemCounts

_HOUR_MS: Final = 3_600_000
_ALL: Final = "\0"
"""Stands for all scenarios together; no scenario is named so, for NUL cannot stand in a name."""


class StatsView:
    """Keeps the items' statistics by scenario, and the hottest items in order.

    Only what was asked for is ordered, and from then on by the follower's thread: a request finds it ready and never
    sorts. Hotness fades by the day, so the hour of `as_of_ms` is as exact as it needs to be.
    """

    name: ClassVar[str] = "stats"
    whole: ClassVar[bool] = True
    topic: ClassVar[Topic] = ITEM_STATS

    def __init__(self, catalogues: Catalogues, half_life_days: float, all_time_share: float, most: int) -> None:
        """Make a view that keeps the `most` hottest items of each tenant and scenario in order."""
        self._catalogues = catalogues
        self._most = most
        self._scenarios: defaultdict[str, defaultdict[str, ItemScores]] = defaultdict(
            lambda: defaultdict(lambda: ItemScores(half_life_days, all_time_share))
        )
        self._hot: dict[tuple[str, str], Hotness] = {}
        self.duty: Final = Duty()

    def hot(self, tenant: str, scenario: str, as_of_ms: int) -> Hotness:
        """Return the tenant's items by hotness in the scenario, up to date as of the last refresh.

        A scenario in which nothing is hot is answered from all scenarios of the tenant together.
        """
        hour = as_of_ms // _HOUR_MS
        known = self._scenarios.get(tenant)
        if known is None:
            return NOTHING_HOT
        if scenario in known:
            hot = self._ordered(tenant, scenario, hour)
            if len(hot.items):
                return hot
        return self._ordered(tenant, _ALL, hour)

    def counts(
        self, tenant: str, scenario: str, items: NDArray[np.int32], as_of_ms: int
    ) -> tuple[ItemCounts, ItemCounts, list[Rows]]:
        """Return how the items did before the moment: in all scenarios together, in this one, and by which rows.

        The rows are those of each scenario, of the items in their order.
        """
        nothing = ItemCounts.none(len(items))
        known = self._scenarios.get(tenant)
        if not known or not len(items):
            return nothing, nothing, []
        names, scores = zip(*list(known.items()), strict=True)
        read = [each.counts(items, as_of_ms) for each in scores]
        rows = [Rows(self.topic.name, name, offsets) for name, (_, offsets) in zip(names, read, strict=True)]
        found = of_block(np.concatenate([counts for counts, _ in read]))
        if scenario not in names:
            return found.over(len(names)), nothing, rows
        begin = names.index(scenario) * len(items)
        return found.over(len(names)), found.take(slice(begin, begin + len(items))), rows

    def begin(self, partition: Partition) -> int:
        """Read the changelog from its beginning: the columns are not stored."""
        return 0

    def apply(self, partition: int, changes: Sequence[Change[ItemStats]], position: int) -> int:
        """Take in the changes; see `View.apply`."""
        refused = 0
        for _, (tenant, item), scenario, row, _ in changes:
            number = self._catalogues.of(tenant).number(item)
            refused += not self._scenarios[tenant][scenario].put(number, row)
        return refused

    def refresh(self) -> None:
        """Order anew what was asked for and has changed."""
        if self.duty.due:
            with self.duty.spend():
                for (tenant, scenario), hot in list(self._hot.items()):
                    if hot.version != self._version(tenant, scenario):
                        self._renewed(tenant, scenario, hot.hour)

    def close(self) -> None:
        """Nothing is held open."""

    def _ordered(self, tenant: str, scenario: str, hour: int) -> Hotness:
        known = self._hot.get((tenant, scenario))
        return known if known and known.hour == hour else self._renewed(tenant, scenario, hour)

    def _sources(self, tenant: str, scenario: str) -> list[ItemScores]:
        scenarios = self._scenarios[tenant]
        return list(scenarios.values()) if scenario == _ALL else [scenarios[scenario]]

    def _version(self, tenant: str, scenario: str) -> tuple[int, int]:
        return sum(scores.version for scores in self._sources(tenant, scenario)), self._catalogues.of(tenant).version

    def _renewed(self, tenant: str, scenario: str, hour: int) -> Hotness:
        version = self._version(tenant, scenario)
        active = self._catalogues.of(tenant).active
        scores = np.zeros(len(active))
        for source in self._sources(tenant, scenario):
            scores += source.by_item(hour * _HOUR_MS, len(active))
        hot = Hotness.of(scores, active, self._most, version, hour)
        self._hot[tenant, scenario] = hot
        return hot
