"""Read the logs of several servers as one."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Generator, Mapping
from contextlib import ExitStack
from pathlib import Path

from deploy.local.settings import Service

POLL_S = 0.2


def read_logs(
    logs: Mapping[Service, Path], count: int, *, follow: bool = False
) -> Generator[tuple[Service, str], None, None]:
    """Yield lines with the service that wrote each.

    Args:
        logs: the file of each service.
        count: how many of the last lines of each file to begin with, one file after the other.
        follow: go on with every line that is written, for ever; no line is left out in between.
    """
    with ExitStack() as files:
        opened = {
            service: files.enter_context(path.open(encoding="utf-8", errors="replace"))
            for service, path in logs.items()
        }
        begun = dict.fromkeys(opened, "")  # a line of which only the beginning has been written
        for service, file in opened.items():
            for line in deque(file, count):
                if follow and not line.endswith("\n"):
                    begun[service] = line
                else:
                    yield service, line.rstrip("\n")
        while follow:
            idle = True
            for service, file in opened.items():
                if text := file.read():
                    idle = False
                    *whole, begun[service] = (begun[service] + text).split("\n")
                    for line in whole:
                        yield service, line
            if idle:
                time.sleep(POLL_S)
