"""Frequency cap: do not show an item to a user too often."""

from typing import ClassVar, Final

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from serving.candidate import Candidates
from serving.query import Query

_DAY_MS: Final = 86_400_000


class FrequencyCap(BaseModel):
    """Take out every item that the user was exposed to `most` times within the window before the request's moment.

    What counts is what was tracked, not what was answered: behaviour events of type impression, as the user's history
    (table user_history) holds them. It keeps them by item and five minutes counted from 1970, so that several
    impressions of an item within the same five minutes are one exposure. The rule is its own configuration.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    name: ClassVar[str] = "frequency_cap"

    most: int = Field(default=3, ge=1, le=1000, description="Exposures after which an item is not shown again.")
    window_days: float = Field(default=7.0, gt=0, le=365, description="Days, before the request's moment, that count.")

    def apply(self, query: Query, candidates: Candidates) -> Candidates:
        """Return the candidates that the user was exposed to less often, in their order."""
        shown = query.state.shown
        age = query.as_of_ms - shown.times
        items, exposures = np.unique(shown.items[(age >= 0) & (age < self.window_days * _DAY_MS)], return_counts=True)
        return candidates.take(np.isin(candidates.items, items[exposures >= self.most], invert=True))
