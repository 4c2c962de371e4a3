"""A progress bar of events: how many, and how many a second."""

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TextColumn, TimeElapsedColumn
from rich.text import Text


class RateColumn(ProgressColumn):
    """Events a second."""

    def render(self, task: Task) -> Text:
        """Return the rate of late, and at the end that of the whole."""
        rate = task.finished_speed or task.speed
        return Text("" if rate is None else f"{rate:,.0f} events/s")


def event_bar(console: Console) -> Progress:
    """Return a progress bar for events, gone when they are sent; none in a file, where its frames would stay."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        RateColumn(),
        TimeElapsedColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
