"""Pulse: whether this process has been running all along, or was stopped for long enough to lose its partitions."""

import threading
import time


class Pulse:
    """Beats twice a second on a thread of its own, and never again once it has missed `timeout_s`.

    A process that was stopped (SIGSTOP, a suspended machine) past its session timeout has lost its partitions
    without having been told. When it wakes, either the beat or whoever asks sees the gap first; both remember it.
    """

    def __init__(self, timeout_s: float) -> None:
        self._timeout_s = timeout_s
        self._last = time.monotonic()
        self._missed = False
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="pulse", daemon=True)

    def start(self) -> None:
        """Begin to beat."""
        self._last = time.monotonic()
        self._thread.start()

    def stop(self) -> None:
        """Stop beating."""
        self._stop.set()
        self._thread.join()

    def beats(self) -> bool:
        """Return whether no gap reached the timeout since the start."""
        if time.monotonic() - self._last >= self._timeout_s:
            self._missed = True
        return not self._missed

    def _beat(self) -> None:
        while not self._stop.wait(0.5):
            if self.beats():
                self._last = time.monotonic()
