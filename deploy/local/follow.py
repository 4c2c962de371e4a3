"""Read the logs of several servers as one."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from io import TextIOWrapper
from pathlib import Path

from deploy.local.process import tail
from deploy.local.settings import Service

POLL_S = 0.2


def last_lines(logs: Mapping[Service, Path], count: int) -> Iterator[tuple[Service, str]]:
    """Yield the last lines of each log, one log after the other."""
    for service, path in logs.items():
        for line in tail(path, count):
            yield service, line


def new_lines(logs: Mapping[Service, Path]) -> Iterator[tuple[Service, str]]:
    """Yield each line that is written from now on; never ends."""
    files = {service: _at_end(path) for service, path in logs.items()}
    partial = dict.fromkeys(files, "")
    while True:
        idle = True
        for service, file in files.items():
            if text := file.read():
                idle = False
                *whole, partial[service] = (partial[service] + text).split("\n")
                for line in whole:
                    yield service, line
        if idle:
            time.sleep(POLL_S)


def _at_end(path: Path) -> TextIOWrapper:
    file = path.open(encoding="utf-8", errors="replace")
    file.seek(0, 2)
    return file
