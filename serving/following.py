"""Following: what is kept as a topic says, on a thread of its own, for as long as its block runs."""

from abc import ABC, abstractmethod
from threading import Event, Thread
from typing import Self


class Following(ABC):
    """Follows while it is entered. What was known last goes on while brokers are away."""

    def __init__(self, name: str) -> None:
        """Take the thread's name; nothing is started."""
        self._stop = Event()
        self._settled = Event()
        self._thread = Thread(target=self._run, name=name, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *raised: object) -> None:
        self._stop.set()
        self._thread.join()

    def settled(self, timeout_s: float) -> bool:
        """Return whether all that was in the log at start was taken or refused; wait for it so long at most."""
        return self._settled.wait(timeout_s)

    @abstractmethod
    def _run(self) -> None:
        """Follow until `_stop` is set, and then come to an end: whoever leaves the block waits for it.

        Set `_settled` once all that was there at start was taken or refused.
        """
