"""Quix Streams with Tideline's algorithm: one row a user, of running counts and the latest five-minute buckets.

Run by the peer's own interpreter: `quix_buckets.py EVENTS TAG`; KAFKA_BOOTSTRAP names the broker, on which
`stream_gen.py` has filled `peers-events-json`. Prints one line of JSON. The twelve hopping windows of `quix_hop.py`
can be read off the buckets, and cost one update an event here instead of twelve.
"""

import json
import os
import sys
import tempfile
import time
from typing import Any

from quixstreams import Application

BUCKET_MS = 300_000
KEPT = 24


class Counter:
    """Folds each event into its user's row, and stops the application after the last."""

    def __init__(self, app: Any, events: int) -> None:
        self._app = app
        self._events = events
        self.done = 0
        self.first = self.last = 0.0

    def fold(self, event: dict[str, Any], state: Any) -> None:
        """Count the event in the running totals and in its bucket."""
        now = time.perf_counter()
        if self.done == 0:
            self.first = now
        row = state.get("row") or {"totals": {}, "buckets": {}}
        bucket = row["buckets"].setdefault(str(event["ts"] // BUCKET_MS), {})
        for counts in (row["totals"], bucket):
            counts[event["type"]] = counts.get(event["type"], 0) + 1
        if len(row["buckets"]) > KEPT:
            del row["buckets"][min(row["buckets"], key=int)]
        state.set("row", row)
        self.done += 1
        self.last = now
        if self.done == self._events:
            self._app.stop()


def main(events: int, tag: str) -> None:
    """Fold so many events and print the pace."""
    with tempfile.TemporaryDirectory() as folder:
        app = Application(
            broker_address=os.environ["KAFKA_BOOTSTRAP"],
            consumer_group=f"quix-{tag}",
            state_dir=folder,
            auto_offset_reset="earliest",
            processing_guarantee="at-least-once",
            use_changelog_topics=True,
            loglevel="WARNING",
        )
        counter = Counter(app, events)
        topic = app.topic("peers-events-json", value_deserializer="json")
        app.dataframe(topic).update(counter.fold, stateful=True)
        app.run()
    seconds = counter.last - counter.first
    print(json.dumps({"n": counter.done, "proc_s": round(seconds, 2), "eps": round(counter.done / seconds, 1)}))


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
