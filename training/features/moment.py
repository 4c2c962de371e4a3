"""Moment: everything that a feature may read, as of a time. What several features need is computed once."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Self

import numpy as np
from numpy.typing import NDArray

from training.features.counts import ItemCounts
from training.features.errors import FeatureError
from training.features.facts import ItemFacts, UserFacts
from training.features.formulas import Numbers
from training.features.lists import ChannelList, listed
from training.features.recents import Recents, recents, years
from training.features.shared import Shared
from training.features.tastes import Tastes


@dataclass(frozen=True)
class Moment:
    """One user and N candidates at a time. Nothing in it reads a clock; no cached array may be written to."""

    as_of_ms: int
    scenario: str

    user: UserFacts
    recent_facts: ItemFacts
    """Of the items of `user.items`, one by one; so are the counts."""

    recent_counts: ItemCounts

    candidates: NDArray[np.int32]
    """(N,) item numbers, none twice."""

    facts: ItemFacts
    """Of the N candidates; so are the two below."""

    counts: ItemCounts
    """In all scenarios together."""

    scenario_counts: ItemCounts
    """In the moment's scenario."""

    proposed: NDArray[np.float32]
    """(N, C) each channel's score; NaN where it did not propose the item."""

    channels: tuple[str, ...]
    """The C channels' names."""

    fused: NDArray[np.float32]
    """(N,) the merged score of recall."""

    position: NDArray[np.float32] | None = None
    """(N,) at which position of its list an item was shown, from 0; None while it is not decided."""

    def __post_init__(self) -> None:
        """Raise FeatureError if columns that belong together are not of one length."""
        for rows, names in (
            (len(self.candidates), ("facts", "counts", "scenario_counts", "proposed", "fused")),
            (len(self.user.items), ("recent_facts", "recent_counts")),
        ):
            for name in names:
                if len(getattr(self, name)) != rows:
                    raise FeatureError(f"a moment's {name} must have {rows} rows, not {len(getattr(self, name))}")

    def __len__(self) -> int:
        return len(self.candidates)

    @cached_property
    def recents(self) -> Recents:
        """The user's interactions before the moment."""
        return recents(self.user, self.recent_facts, self.recent_counts, self.as_of_ms)

    @cached_property
    def tastes(self) -> Tastes:
        """What the user likes, tag by tag, and how the candidates meet it."""
        return Tastes(self.user, self.recents, self.facts)

    @cached_property
    def authors(self) -> Shared:
        """Which interactions were on items of the candidate's author."""
        return Shared.between(self.facts.author, self.recents.facts.author)

    @cached_property
    def categories(self) -> Shared:
        """Which interactions were on items of the candidate's first category."""
        return Shared.between(self.facts.category, self.recents.facts.category)

    @cached_property
    def popularity(self) -> Numbers:
        """(N,) log(1 + actions ever)."""
        popularity: Numbers = np.log(self.counts.events + 1.0)
        return popularity

    @cached_property
    def window_logs(self) -> Numbers:
        """(4, N) log(1 + actions) in each of WINDOWS."""
        logs: Numbers = np.log(self.counts.window_events.T + 1.0)
        return logs

    @cached_property
    def years(self) -> NDArray[np.float64]:
        """(N,) when the candidates were published, in years; NaN where it is not known."""
        return years(self.facts)

    @cached_property
    def fused_list(self) -> ChannelList:
        """The candidates in the order of the merged score."""
        return self.lists[""]

    @cached_property
    def lists(self) -> Mapping[str, ChannelList]:
        """The candidates as each channel has them, and, under no name, as they were merged."""
        columns = np.concatenate((self.proposed, self.fused[:, np.newaxis]), axis=1)
        return dict(zip((*self.channels, ""), listed(columns), strict=True))

    @cached_property
    def _unasked(self) -> ChannelList:
        return ChannelList.none(len(self))

    def channel(self, name: str) -> ChannelList:
        """The candidates as the channel has them; one that was not asked proposed none."""
        return self.lists.get(name, self._unasked)

    def take(self, rows: NDArray[np.intp]) -> Self:
        """Return the moment with the candidates at these positions only, in this order."""
        return replace(
            self,
            candidates=self.candidates[rows],
            facts=self.facts.take(rows),
            counts=self.counts.take(rows),
            scenario_counts=self.scenario_counts.take(rows),
            proposed=self.proposed[rows],
            fused=self.fused[rows],
            position=None if self.position is None else self.position[rows],
        )
