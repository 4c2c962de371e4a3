"""The workload: what the peers' generator makes, as behaviour events."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from schemas.records import BehaviorEvent
from topics.moments import now_ms

TENANT: Final = "acme"
USERS: Final = 20_000
ITEMS: Final = 5_000
EXPONENT: Final = 1.05
SPAN_MS: Final = 2 * 3_600_000
ACTIONS: Final = {"view": 0.80, "click": 0.14, "like": 0.05, "share": 0.01}


@dataclass(frozen=True, slots=True)
class Workload:
    """So many events of the two hours before `end_ms`, in the order of their times.

    Users and items are drawn by Zipf's law. The draws are those of the peers' `stream_gen.py`, in its order: with one
    seed, event k is of the same user, item and action there and here.
    """

    count: int
    seed: int = 7
    end_ms: int = field(default_factory=now_ms)

    def events(self) -> Iterator[BehaviorEvent]:
        """Yield the events, the same at every call."""
        rng = np.random.default_rng(self.seed)
        users = self._zipf(rng, USERS)
        items = self._zipf(rng, ITEMS)
        chosen = rng.choice(len(ACTIONS), self.count, p=list(ACTIONS.values()))
        times = self.end_ms - SPAN_MS + np.sort(rng.integers(0, SPAN_MS, self.count))
        user_names = [f"u{number}" for number in range(USERS)]
        item_names = [f"i{number}" for number in range(ITEMS)]
        actions = list(ACTIONS)
        for k, (user, item, action, at) in enumerate(zip(users, items, chosen, times, strict=True)):
            yield BehaviorEvent(f"{k:016x}", TENANT, user_names[user], item_names[item], actions[action], int(at))

    def _zipf(self, rng: np.random.Generator, size: int) -> NDArray[np.int64]:
        """Return `count` numbers of 0 to size - 1."""
        weights = 1 / np.arange(1, size + 1) ** EXPONENT
        return rng.choice(size, self.count, p=weights / weights.sum())
