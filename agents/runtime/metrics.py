"""What a worker counts. The agent's name and the topic are the only labels, so that their number stays small."""

from typing import Final

from prometheus_client import Counter, Gauge, Histogram

EVENTS: Final = Counter("tideline_worker_events", "Events folded or recognised as folded.", ["agent"])
DEAD_LETTERS: Final = Counter(
    "tideline_worker_dead_letters", "Records that could not be processed.", ["topic", "reason"]
)
ROWS_WRITTEN: Final = Counter("tideline_worker_rows_written", "Rows written to changelogs.", ["table"])
STEP_SECONDS: Final = Histogram(
    "tideline_worker_step_seconds",
    "Seconds of a batch by step: decode, fold, send, confirm, store.",
    ["agent", "step"],
    buckets=(0.001, 0.005, 0.02, 0.1, 0.5, 2, 10, 60),
)
ROWS_RECLAIMED: Final = Counter(
    "tideline_worker_rows_reclaimed",
    "Rows written again over those of a worker that had lost its partition.",
    ["table"],
)
LAG: Final = Gauge("tideline_worker_lag", "Records fetched or waiting that are not done.", ["topic", "partition"])
PROGRESS_AGE: Final = Gauge(
    "tideline_worker_progress_age_seconds", "Seconds since a waiting partition last moved.", ["topic", "partition"]
)
COMMIT_AGE: Final = Gauge(
    "tideline_worker_commit_age_seconds",
    "Seconds since a partition with something to commit last committed.",
    ["topic", "partition"],
)
SEND_ERRORS: Final = Counter("tideline_worker_send_errors", "Records that the broker did not take.", ["topic"])
HEALTHY: Final = Gauge("tideline_worker_healthy", "Whether /health finds nothing wrong, 1 or 0.")
RESTORED_ROWS: Final = Counter("tideline_worker_restored_rows", "Rows read from changelogs at assignment.", ["table"])
