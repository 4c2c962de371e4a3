"""Progress: what a command tells the worker that runs it as a job."""

import os
from pathlib import Path
from typing import Final, NamedTuple

import orjson

FILE: Final = "TIDELINE_PROGRESS_FILE"
"""The environment variable that names the file; without it nobody is told."""


class Progress(NamedTuple):
    """How far a command is."""

    share: float
    """0 to 1."""

    message: str


def tell(share: float, message: str) -> None:
    """Say how far the command is, in place of what was said before."""
    if name := os.environ.get(FILE):
        path = Path(name)
        written = path.with_suffix(".new")
        written.write_bytes(orjson.dumps([min(max(share, 0.0), 1.0), message]))
        written.replace(path)  # whoever reads sees it whole


def told(path: Path) -> Progress:
    """Return what was said last in the file; no progress if nothing was."""
    try:
        return Progress(*orjson.loads(path.read_bytes()))
    except FileNotFoundError:
        return Progress(0.0, "")
