"""Blocking: results and errors come back, on threads that are not the loop's own, and a few at a time."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from serving.blocking import Blocking


async def test_results_and_errors_come_back() -> None:
    with Blocking() as blocking:
        assert await blocking.run(divmod, 7, 2) == (3, 1)
        with pytest.raises(ZeroDivisionError):
            await blocking.run(divmod, 7, 0)
        assert (await blocking.run(threading.current_thread)).name.startswith("blocking")


async def test_what_hangs_leaves_the_loops_own_threads_free() -> None:
    release = threading.Event()
    with Blocking(threads=1) as blocking:
        hanging = asyncio.create_task(blocking.run(release.wait, 30))
        waiting = asyncio.create_task(blocking.run(int, "5"))
        try:
            assert await asyncio.to_thread(int, "7") == 7
            assert not waiting.done()
        finally:
            release.set()
        assert await hanging
        assert await waiting == 5


async def test_who_gives_up_waits_no_longer() -> None:
    release = threading.Event()
    with Blocking(threads=1) as blocking:
        try:
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.05):
                    await blocking.run(release.wait, 30)
        finally:
            release.set()
    assert isinstance(blocking._threads, ThreadPoolExecutor)
    with pytest.raises(RuntimeError, match="shutdown"):
        await blocking.run(int)
