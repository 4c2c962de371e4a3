"""Team: the processes of a rebuild, seen from the one that coordinates them."""

import subprocess
import sys
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from contextlib import suppress
from threading import Event, Lock
from typing import Final, Self

from agents.errors import RebuildError
from agents.rebuild.protocol import Advanced, Failed, Hello, Job, Line, Ready, Report, line_of, report_in

GRACE_S: Final = 60.0
"""Seconds that a process may take for the batch in hand when it is told to stop."""

_LOOK_S: Final = 0.1

Told = Callable[[Advanced], None]


class Member:
    """One process, `agents.rebuild.member`. One thread at a time asks it to do something; any may dismiss it."""

    def __init__(self, hello: Hello) -> None:
        command = [sys.executable, "-m", "agents.rebuild.member"]
        self._process: Final = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self._lock = Lock()
        self._write(hello)

    def until_ready(self) -> None:
        """Return when it waits for its first job; raise RebuildError if it does not come to that."""
        while not isinstance(self._report(), Ready):
            pass

    def do(self, job: Job, told: Told) -> None:
        """Have it do a job; return when it is done, or stopped early after `dismiss`.

        Raises RebuildError if it fails.
        """
        self._write(job)
        while isinstance(report := self._report(), Advanced):
            told(report)

    def dismiss(self) -> None:
        """Tell it to finish the batch in hand and exit."""
        with self._lock, suppress(BrokenPipeError):  # it has exited already
            if self._process.stdin is not None:
                self._process.stdin.close()

    def end(self) -> None:
        """Return when it has exited; kill it where that takes too long: what is not committed is done again."""
        self.dismiss()
        try:
            self._process.wait(GRACE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()

    def _write(self, line: Line) -> None:
        with self._lock, suppress(BrokenPipeError):  # the report that follows, or its absence, says why
            if self._process.stdin is not None and not self._process.stdin.closed:
                self._process.stdin.write(line_of(line))
                self._process.stdin.flush()

    def _report(self) -> Report:
        line = self._process.stdout.readline() if self._process.stdout is not None else b""
        if not line:
            raise RebuildError(
                f"a process of the rebuild ended with status {self._process.wait(GRACE_S)}; what it has committed is "
                "kept: `tideline rebuild` goes on from there"
            )
        report = report_in(line)
        if isinstance(report, Failed):
            raise RebuildError(f"a process of the rebuild cannot go on: {report.message}")
        return report


class Team:
    """`with Team(hello, 2) as team:` runs so many processes until the block ends."""

    def __init__(self, hello: Hello, size: int, stop: Event) -> None:
        """Take the greeting of every process, their number, and what ends their work early when it is set."""
        self._hello = hello
        self._size = size
        self._stop = stop
        self._members: list[Member] = []

    def __enter__(self) -> Self:
        try:
            self._members += [Member(self._hello) for _ in range(self._size)]
            for member in self._members:
                member.until_ready()
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(self, *raised: object) -> None:
        self._end()

    def do(self, jobs: Iterable[Job], told: Told) -> bool:
        """Have the jobs done, each by whoever is free; return whether all are, which they are not after a stop.

        Args:
            jobs: in the order in which they are begun.
            told: called by one thread at a time.

        Raises:
            RebuildError: a process failed; the others have finished the batches that they had in hand.
        """
        waiting, lock = deque(jobs), Lock()

        def tell(report: Advanced) -> None:
            with lock:
                told(report)

        def work(member: Member) -> None:
            with suppress(IndexError):  # no job is left for it
                while not self._stop.is_set():
                    member.do(waiting.popleft(), tell)

        with ThreadPoolExecutor(self._size) as threads:
            pending = {threads.submit(work, member) for member in self._members}
            while pending:
                done, pending = wait(pending, _LOOK_S, FIRST_EXCEPTION)
                failed = any(future.exception() for future in done)
                if failed or self._stop.is_set():
                    waiting.clear()
                    for member in self._members:
                        member.dismiss()
                if failed:
                    for future in done:
                        future.result()
        return not self._stop.is_set()

    def _end(self) -> None:
        for member in self._members:
            member.dismiss()
        for member in self._members:
            member.end()
