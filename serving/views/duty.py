"""Duty: how often something derived is brought up to date."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

_SHARE: Final = 0.1


class Duty:
    """Lets a refresh take at most a tenth of the time: one of 0.2 ms follows each change, one of 20 ms waits 0.2 s.

    So a small catalogue is as fresh as its log, and a large one with thousands of updates a second does not spend
    its process on sorting.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._due_at = clock()

    @property
    def due(self) -> bool:
        """Whether the next refresh may begin."""
        return self._clock() >= self._due_at

    @contextmanager
    def spend(self) -> Iterator[None]:
        """Measure the refresh done within, and put the next one off accordingly."""
        begun = self._clock()
        yield
        ended = self._clock()
        self._due_at = ended + (ended - begun) * (1 / _SHARE - 1)
