"""A command that is told to end does so in good order, with the exit code that says why."""

import asyncio
import os
import signal

import pytest
import typer

from deploy.terminable import run_terminable


def test_what_comes_of_it_is_returned() -> None:
    assert run_terminable(asyncio.sleep(0, "done")) == "done"


def test_sigterm_ends_it_in_good_order() -> None:
    ended: list[bool] = []

    async def serving() -> None:
        try:
            os.kill(os.getpid(), signal.SIGTERM)
            await asyncio.sleep(30)
        finally:
            await asyncio.sleep(0)  # stopping takes time of its own
            ended.append(True)

    with pytest.raises(typer.Exit) as told:
        run_terminable(serving())
    assert told.value.exit_code == 128 + signal.SIGTERM
    assert ended
