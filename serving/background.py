"""Background: what goes on, on a thread of its own, for as long as its block runs."""

from abc import ABC, abstractmethod
from threading import Event, Thread
from typing import Self


class Background(ABC):
    """Runs while it is entered."""

    def __init__(self, name: str) -> None:
        """Take the thread's name; nothing is started."""
        self._stop = Event()
        self._thread = Thread(target=self._run, name=name, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *raised: object) -> None:
        self._stop.set()
        self._thread.join()

    @abstractmethod
    def _run(self) -> None:
        """Go on until `_stop` is set, and then come to an end: whoever leaves the block waits for it."""
