"""What a refresher counts."""

from typing import Final

from prometheus_client import Counter, Gauge

TRIGGERS: Final = Counter("tideline_refresher_triggers", "Events that have a list made.")
LISTS: Final = Counter("tideline_refresher_lists", "Lists: written, or why not.", ["outcome"])
PENDING: Final = Gauge("tideline_refresher_pending", "Lists that are still to be made.")
RETRIES: Final = Counter("tideline_refresher_retries", "Calls of the recommender that are made again.")
