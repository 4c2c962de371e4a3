"""Durations in milliseconds, the unit of every event time."""

from typing import Final

FIVE_MINUTES: Final = 300_000
HOUR: Final = 3_600_000
DAY: Final = 86_400_000
