"""A rebuild on a terminal: one bar for each stage."""

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.progress import Progress as Bars

from agents.rebuild.run import Progress

_STAGES = {
    "events": "events folded",
    "accepted": "accepted events folded",
    "waiting": "waiting for live workers",
    "rows": "rows copied",
}


class Display:
    """`with Display(console) as tell:` shows what `tell` is told of, where the console is a terminal."""

    def __init__(self, console: Console) -> None:
        self._bars = Bars(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[note]}"),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            console=console,
            disable=not console.is_terminal,
        )
        self._tasks: dict[str, TaskID] = {}

    def __enter__(self) -> "Display":
        self._bars.start()
        return self

    def __exit__(self, *raised: object) -> None:
        self._bars.stop()

    def __call__(self, progress: Progress) -> None:
        """Show how far a stage is."""
        if progress.stage not in self._tasks:
            self._tasks[progress.stage] = self._bars.add_task(_STAGES[progress.stage], note="")
        note = f"[red]{progress.bad} bad" if progress.bad else ""
        self._bars.update(
            self._tasks[progress.stage], completed=progress.done, total=progress.total or None, note=note
        )
