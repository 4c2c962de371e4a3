"""What every peer has in common: a command that ends with one line of JSON."""

import asyncio
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import orjson

from deploy.bench.errors import PeerError
from topics import tether

TIMEOUT_S: Final = 900.0
_TAIL: Final = 2_000


async def run(command: Sequence[str], bootstrap_servers: str, folder: Path) -> str:
    """Run a program to its end on the broker and return its standard output; it dies with this process.

    Args:
        command: the program, by its absolute path, and its arguments.
        bootstrap_servers: of the broker.
        folder: for its temporary files; there already.

    Raises:
        PeerError: it failed or did not end in time.
    """
    process = await asyncio.create_subprocess_exec(
        *(*tether.tied(), *command),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "KAFKA_BOOTSTRAP": bootstrap_servers, "TMPDIR": str(folder)},
        cwd=folder,
    )
    try:
        async with asyncio.timeout(TIMEOUT_S):
            output, errors = await process.communicate()
    except TimeoutError:
        raise PeerError(f"{_name(command)} did not end within {TIMEOUT_S:g} s") from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode != 0:
        told = (output + errors).decode(errors="replace")[-_TAIL:]
        raise PeerError(f"{_name(command)} ended with status {process.returncode}:\n{told}")
    return output.decode(errors="replace")


def _name(command: Sequence[str]) -> str:
    return " ".join(Path(part).name for part in command[:4])


def events_per_s(output: str, events: int) -> float:
    """Return `eps` of the JSON object in the last line; raise PeerError unless it processed exactly the events."""
    lines = output.strip().splitlines()
    try:
        result = orjson.loads(lines[-1]) if lines else {}
        processed, pace = int(result["n"]), float(result["eps"])
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError) as error:
        raise PeerError(f"its last line is not the result: {output[-_TAIL:]!r}") from error
    if processed != events:
        raise PeerError(f"it processed {processed} events, not {events}")
    return pace
