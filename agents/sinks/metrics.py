"""What sinks count."""

from typing import Final

from prometheus_client import Counter

WRITTEN: Final = Counter("tideline_sink_vectors", "Vectors written and deleted.", ["subject", "change"])
REFUSED: Final = Counter("tideline_sink_refused", "Records that no sink can write.", ["topic"])
RETRIES: Final = Counter("tideline_sink_retries", "Times that the log or the store was away.")
