"""What a terminal shows of the stack: progress while it starts, a table of how it is."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from types import TracebackType
from typing import Self

from rich.console import Console, Group
from rich.live import Live
from rich.progress import BarColumn, DownloadColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

from deploy.local.detached import State, Status
from deploy.local.settings import Service

MIB = 1 << 20
SETTLED = ("ready", "stopped")
COLORS = {State.READY: "green", State.UNRESPONSIVE: "yellow", State.ENDED: "red", State.STOPPED: "dim"}


class TerminalProgress:
    """Shows a line for each service, and one for each file while it downloads. A context manager."""

    def __init__(self, console: Console) -> None:
        self._services = Progress(
            SpinnerColumn(finished_text="[green]✓"),
            TextColumn("{task.description:<10}"),
            TextColumn("{task.fields[doing]:<10}"),
            TimeElapsedColumn(),
            console=console,
        )
        self._downloads = Progress(
            TextColumn("  [dim]{task.description}"), BarColumn(), DownloadColumn(), console=console
        )
        self._live = Live(Group(self._services, self._downloads), console=console)
        self._tasks: dict[Service, TaskID] = {}
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._live.stop()

    @contextmanager
    def download(self, name: str, size: int) -> Iterator[Callable[[int], None]]:
        """Show a bar for the file until it has come."""
        task = self._downloads.add_task(name, total=size or None)
        try:
            yield lambda count: self._downloads.advance(task, count)
        finally:
            self._downloads.remove_task(task)

    def service(self, service: Service, doing: str) -> None:
        """Show what the service is doing, and for how long."""
        with self._lock:
            if service not in self._tasks:
                self._tasks[service] = self._services.add_task(service, total=1, doing=doing)
            self._services.update(self._tasks[service], doing=doing, completed=int(doing in SETTLED))


def status_table(statuses: Sequence[Status]) -> Table:
    """Return the table of `tideline status`."""
    table = Table("service", "state", "pid", "address", "memory", "uptime", box=None, pad_edge=False)
    for status in statuses:
        table.add_row(
            status.service,
            f"[{COLORS[status.state]}]{status.state}",
            str(status.pid or ""),
            status.address or "",
            f"{status.rss_bytes / MIB:.0f} MiB" if status.rss_bytes is not None else "",
            str(timedelta(seconds=round(status.uptime_s))) if status.uptime_s is not None else "",
        )
    return table
