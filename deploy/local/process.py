"""Child processes: start them with a log, know them again later, end them."""

from __future__ import annotations

import asyncio
import os
import subprocess
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from deploy.errors import ServiceStopError
from topics import tether

# A corrected system clock shifts the start times that the kernel reports; another process with the same command
# line, in the same place, started within this time, is not to be feared.
SAME_START_S = 60
POLL_S = 0.05
KEPT_VARIABLES = ("PATH", "HOME", "TMPDIR", "LANG", "LC_ALL", "TZ")


@dataclass(frozen=True, slots=True)
class Process:
    """A process, known by more than its id, which the system gives to another process some day.

    Attributes:
        pid: its id.
        started_at: when it started, in seconds of Unix time.
        command: its command line.
    """

    pid: int
    started_at: float
    command: tuple[str, ...]

    @classmethod
    def spawn(cls, command: Sequence[str], log: Path, *, tied: bool) -> Process:
        """Start a process in a session of its own, its output appended to the log.

        Args:
            command: absolute path of the program, and its arguments.
            log: file for its standard output and error.
            tied: on Linux, kill it when the calling thread ends for whatever reason; otherwise it outlives us.
        """
        log.parent.mkdir(parents=True, exist_ok=True)
        tie = tether.tied() if tied else []
        with log.open("ab") as output:
            child = subprocess.Popen(
                [*tie, *command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C in our terminal is for us; we stop the servers in order
                # A developer's JAVA_TOOL_OPTIONS or QUARKUS_* would change the servers in ways hard to find.
                env={name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ},
            )
        child.returncode = 0  # `_find` buries it; Popen would warn that nobody waits for it
        return cls(child.pid, time.time(), tuple(command))

    @property
    def alive(self) -> bool:
        """Whether this very process still runs."""
        return self._find() is not None

    @property
    def rss(self) -> int:
        """Resident memory in bytes; 0 when it has ended."""
        process = self._find()
        try:
            return process.memory_info().rss if process else 0
        except psutil.NoSuchProcess:
            return 0

    def kill(self) -> None:
        """Send SIGKILL, as a crash would; nothing happens when it has ended."""
        if process := self._find():
            process.kill()

    async def stop(self, timeout_s: float) -> None:
        """End it: SIGTERM, and SIGKILL when it has not ended in time.

        Raises:
            ServiceStopError: it outlived SIGKILL as well.
        """
        if process := self._find():
            process.terminate()
            if not await self._gone(timeout_s):
                self.kill()
                if not await self._gone(timeout_s):
                    raise ServiceStopError(f"process {self.pid} outlived SIGKILL: {' '.join(self.command)[:200]}")

    async def _gone(self, timeout_s: float) -> bool:
        deadline = time.monotonic() + timeout_s
        while self.alive:
            if time.monotonic() > deadline:
                return False
            await asyncio.sleep(POLL_S)
        return True

    def _find(self) -> psutil.Process | None:
        """Return the live process, or none when it has ended or its id belongs to another one now."""
        try:
            process = psutil.Process(self.pid)
            if process.status() == psutil.STATUS_ZOMBIE:
                # While its other threads end, a killed JVM looks like this but still holds its ports and files.
                if process.num_threads() > 1:
                    return process
                process.wait(0)  # ours to bury, if it is our child
                return None
            same = abs(process.create_time() - self.started_at) < SAME_START_S and self._is_mine(process.cmdline())
        except psutil.ZombieProcess:  # it has become one since it was asked for its status
            return self._find()
        except (psutil.NoSuchProcess, psutil.TimeoutExpired):
            return None
        return process if same else None

    def _is_mine(self, command: list[str]) -> bool:
        """Compare command lines.

        In its first instants a tied process still is the tether, with our command at its end, and while it
        becomes that command it has none.
        """
        return not command or tuple(command[-len(self.command) :]) == self.command


def tail(log: Path, lines: int) -> list[str]:
    """Return the last lines of a log, without line ends; none when there is no such file."""
    if not log.exists():
        return []
    with log.open(encoding="utf-8", errors="replace") as file:
        return [line.rstrip("\n") for line in deque(file, lines)]
