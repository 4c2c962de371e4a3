"""Metrics of the views."""

from collections.abc import Iterable
from typing import Final

from prometheus_client import Counter, Gauge

ROWS: Final = Counter("tideline_view_rows", "Changelog records taken in.", ["view"])
REFUSED: Final = Counter(
    "tideline_view_refused",
    "Changelog records refused: `behind` the row that they would replace, or `undecodable`.",
    ["view", "reason"],
)
LAG: Final = Gauge("tideline_view_lag", "Changelog records still to come.", ["topic"])
STALENESS: Final = Gauge(
    "tideline_view_staleness_seconds",
    "All that the changelogs held this long ago is visible in the views.",
    ["generation"],
)
RETRIES: Final = Counter("tideline_view_retries", "Times that the broker or the registry could not be reached.")


def forget(generation: str, topics: Iterable[str]) -> None:
    """Take back the gauges of a generation that is no longer followed: they would stand for ever as they were."""
    STALENESS.remove(generation)
    for topic in topics:
        LAG.remove(topic)
