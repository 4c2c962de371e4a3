"""What `tideline up` started, kept in one file so that later commands find it."""

from __future__ import annotations

import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from deploy.errors import StackBusyError, StackStateError
from deploy.local.process import Process
from deploy.local.settings import Service


@dataclass(frozen=True, slots=True)
class Record:
    """A server that was started.

    Attributes:
        process: its process, which may have ended since.
        address: what clients connect to.
        ports: its ports, by the field of `StackSettings` that chose each.
    """

    process: Process
    address: str
    ports: dict[str, int] = field(default_factory=dict)


class StateFile:
    """`stack.json` in the stack's folder: a record for each server, by service."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._path = home / "stack.json"

    def load(self) -> dict[Service, Record]:
        """Return the records; none when there is no file.

        Raises:
            StackStateError: the file is not what `save` writes.
        """
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=dict[Service, Record])
        except FileNotFoundError:
            return {}
        except msgspec.MsgspecError as error:
            raise StackStateError(
                f"{self._path} cannot be read ({error}); stop servers that still run by hand, then delete it"
            ) from error

    def save(self, records: dict[Service, Record]) -> None:
        """Replace the records, in one step; without any, remove the file."""
        if not records:
            self._path.unlink(missing_ok=True)
            return
        self._home.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=self._home, prefix=".stack.")
        with os.fdopen(descriptor, "wb") as file:
            file.write(msgspec.json.format(msgspec.json.encode(records)) + b"\n")
        Path(name).replace(self._path)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep other `up`s and `down`s out while the block runs.

        Raises:
            StackBusyError: one is at work already.
        """
        self._home.mkdir(parents=True, exist_ok=True)
        with (self._home / ".lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise StackBusyError(f"another tideline up or down is at work in {self._home}") from None
            yield
