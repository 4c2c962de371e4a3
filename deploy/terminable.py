"""Terminable: commands that start servers stop them in good order, whichever way they are told to end."""

import asyncio
import signal
from collections.abc import Coroutine
from typing import Any, Final, TypeVar

import typer

_ENDED_BY_SIGTERM: Final = 128 + signal.SIGTERM

T = TypeVar("T")


def run_terminable(coroutine: Coroutine[Any, Any, T]) -> T:
    """Return what comes of it; on SIGTERM cancel it, as Ctrl-C does, and raise `typer.Exit` once it has ended."""

    async def cancellable() -> T:
        task = asyncio.current_task()
        if task is not None:
            asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
        return await coroutine

    try:
        return asyncio.run(cancellable())
    except asyncio.CancelledError:
        raise typer.Exit(_ENDED_BY_SIGTERM) from None
