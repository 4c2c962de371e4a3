"""Rebuild: how many events a second `tideline rebuild` folds into a new generation of all tables."""

import asyncio
from typing import Any, Final

import orjson

from deploy.bench.errors import NotDoneError
from deploy.bench.oracle import ALL_TABLES, Oracle
from deploy.bench.rig import Rig
from deploy.demo.child import TIDELINE
from deploy.demo.steps import step
from topics.generation import Generation

TIMEOUT_S: Final = 900.0


async def rebuild(rig: Rig, events: int, oracle: Oracle) -> float:
    """Return the events a second from the log into all tables, by the command itself, with a process a core.

    The clock runs from when its processes are ready until the last of them has committed what it did: what a larger
    log would take longer for. It begins with an empty store and empty changelogs.

    Args:
        rig: holds the workload.
        events: how many the workload has.
        oracle: has folded the workload.

    Raises:
        WrongTablesError: the tables are not the oracle's.
        NotDoneError: the command failed, or did not come to its end in time.
    """
    with step(rig.console, "rebuilt and checked"):
        done = await _run(rig)
        if done["done"].get("events") != events:
            raise NotDoneError(f"{done['done']} offsets were folded of {events} events")
        await asyncio.to_thread(oracle.check, ALL_TABLES, rig.reader, rig.codecs, Generation(done["generation"]))
    return events / float(done["seconds"])


async def _run(rig: Rig) -> Any:
    process = await asyncio.create_subprocess_exec(
        TIDELINE,
        "rebuild",
        "--json",
        env={**rig.environment, "TIDELINE_WORKER_STATE_DIR": str(rig.folder / "rebuild")},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(TIMEOUT_S):
            output, errors = await process.communicate()
    except TimeoutError:
        raise NotDoneError(f"the log was not folded within {TIMEOUT_S:g} s") from None
    finally:
        if process.returncode is None:
            process.terminate()
            await process.wait()
    if process.returncode != 0:
        raise NotDoneError(f"`tideline rebuild` ended with status {process.returncode}: {errors.decode()[-2000:]}")
    return orjson.loads(output.splitlines()[-1])
