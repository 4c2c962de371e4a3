"""Steps of the demonstration on the console: a spinner while one runs, and a line when it is done."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console


@contextmanager
def step(console: Console, done: str) -> Iterator[None]:
    """Print `done` and the time that the block took; nothing where the block fails, whose error speaks for itself."""
    start = time.monotonic()
    yield
    console.print(f"[green]✓[/] {done} [dim]({time.monotonic() - start:.1f} s)", highlight=False)
