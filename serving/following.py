"""Following: what is kept as a topic says, on a thread of its own, for as long as its block runs."""

from abc import abstractmethod
from threading import Event

from serving.background import Background


class Following(Background):
    """Follows while it is entered. What was known last goes on while brokers are away."""

    def __init__(self, name: str) -> None:
        """Take the thread's name; nothing is started."""
        super().__init__(name)
        self._settled = Event()

    def settled(self, timeout_s: float) -> bool:
        """Return whether all that was in the log at start was taken or refused; wait for it so long at most."""
        return self._settled.wait(timeout_s)

    @abstractmethod
    def _run(self) -> None:
        """Follow until `_stop` is set; set `_settled` once all that was there at start was taken or refused."""
