"""Quix Streams, in a virtual environment of its own: it is no dependency of ours."""

import asyncio
import shutil
import subprocess
import sysconfig
from importlib.resources import files
from pathlib import Path
from typing import Final

from deploy.bench.errors import PeerAbsentError, PeerError

REQUIREMENT: Final = "quixstreams==3.28.1"
BUCKETS: Final = Path(str(files("deploy.bench.peers") / "quix_buckets.py"))
"""The same job with Tideline's algorithm; run by the peer's interpreter, never imported by ours."""


async def interpreter(cache: Path) -> Path:
    """Return the Python that has Quix Streams; make its environment below `cache` if it is not there.

    Raises:
        PeerAbsentError: uv is not installed.
        PeerError: the package cannot be installed.
    """
    home = cache / REQUIREMENT
    python = home / "bin" / "python"
    done = home / ".done"
    if not done.exists():
        uv = _uv()
        await asyncio.to_thread(_run, [uv, "venv", "--quiet", "--clear", str(home)])
        await asyncio.to_thread(_run, [uv, "pip", "install", "--quiet", "--python", str(python), REQUIREMENT])
        done.touch()
    return python


def command(python: Path, script: Path, events: int, tag: str) -> list[str]:
    """Return the command that runs one of the two scripts; `tag` names its group and topics."""
    return [str(python), "-W", "ignore", str(script), str(events), tag]


def _uv() -> str:
    found = shutil.which("uv", path=sysconfig.get_path("scripts")) or shutil.which("uv")
    if found is None:
        raise PeerAbsentError("uv is not installed, which makes the environment of Quix Streams")
    return found


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise PeerError(f"{' '.join(command[1:3])} failed: {done.stderr.strip()}")
