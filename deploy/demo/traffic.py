"""What went through the log, and how fast."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from schemas.records import BehaviorEvent


@dataclass
class Traffic:
    """Counts of one demonstration; they only grow."""

    actions: Counter[str] = field(default_factory=Counter)
    """Behaviour events that are in the log, by action."""

    events: int = 0
    """Events that were sent in bulk: behaviour and item changes."""

    sending_s: float = 0.0
    """How long it took until the broker had confirmed those."""

    serving_s: float = 0.0
    """How long it took until they were folded, and read by the server."""

    def add(self, events: Sequence[BehaviorEvent]) -> None:
        """Take note of behaviour that is in the log."""
        self.actions.update(str(event.action) for event in events)

    @property
    def sent_rate(self) -> float:
        """Events a second into the log."""
        return self.events / self.sending_s

    @property
    def served_rate(self) -> float:
        """Events a second from the producer to the server's views."""
        return self.events / self.serving_s
