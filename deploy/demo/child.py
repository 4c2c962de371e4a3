"""A worker or a server of the demonstration: the real command, as a child process."""

import asyncio
import signal
import sysconfig
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import psutil

from deploy.demo.errors import ChildEndedError
from deploy.local.process import tail
from topics import tether

TAIL_LINES: Final = 25

TIDELINE: Final = str(Path(sysconfig.get_path("scripts")) / "tideline")
"""The command, as it was installed with the interpreter that runs us."""


class Child:
    """`async with Child("worker", ["worker"], environment, log):` runs `tideline worker` until the block ends."""

    def __init__(
        self,
        name: str,
        arguments: Sequence[str],
        environment: Mapping[str, str],
        log: Path,
        stop_timeout_s: float = 30,
    ) -> None:
        """Describe a child; entering the context starts it.

        Args:
            name: for messages.
            arguments: of the command `tideline`.
            environment: all of its variables.
            log: file for its standard output and error.
            stop_timeout_s: how long it may take to end after SIGTERM.
        """
        self.name = name
        self._arguments = arguments
        self._environment = environment
        self._log = log
        self._stop_timeout_s = stop_timeout_s
        self._process: asyncio.subprocess.Process

    async def __aenter__(self) -> Self:
        with self._log.open("ab") as output:
            self._process = await asyncio.create_subprocess_exec(
                # Tied to us: it dies with the demonstration even when that is killed (on Linux).
                *(*tether.tied(), TIDELINE, *self._arguments),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=asyncio.subprocess.STDOUT,
                env=dict(self._environment),
                start_new_session=True,  # Ctrl-C in our terminal is for us; we stop the children in order
            )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End it with SIGTERM, and with SIGKILL when that does not help.

        Raises:
            ChildEndedError: the block succeeded, but the child had ended before, or did not end in good order.
        """
        ended_before = self._process.returncode is not None
        if not ended_before:
            self._process.send_signal(signal.SIGTERM)
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(self._stop_timeout_s):
                    await self._process.wait()
        finally:
            if self._process.returncode is None:
                self._process.kill()
                await self._process.wait()
        if error is None and (ended_before or self._process.returncode != 0):
            raise self._ended()

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    def log(self) -> str:
        """Return what it has said so far."""
        return self._log.read_text(errors="replace")

    @property
    def rss(self) -> int:
        """Resident memory in bytes.

        Raises:
            ChildEndedError: it has ended.
        """
        self.check()
        return int(psutil.Process(self._process.pid).memory_info().rss)

    def check(self) -> None:
        """Raise ChildEndedError if it has ended."""
        if self._process.returncode is not None:
            raise self._ended()

    def _ended(self) -> ChildEndedError:
        lines = "\n".join(tail(self._log, TAIL_LINES))
        return ChildEndedError(
            f"the {self.name} ended with status {self._process.returncode}; its log's end:\n{lines}"
        )
