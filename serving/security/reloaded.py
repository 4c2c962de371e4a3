"""Files that are read again when they change: certificates and public keys are renewed while the server runs."""

import logging
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Generic, TypeVar

from serving.errors import InvalidConfigError

_LOG = logging.getLogger(__name__)

T = TypeVar("T")

Stamp = tuple[int, int, int]
"""Of a file: when it was last written, its size, its inode, which a swapped link changes."""


class Reloaded(Generic[T]):
    """What some files hold together. Threads may share it."""

    def __init__(self, paths: Sequence[Path], parse: Callable[[Sequence[bytes]], T]) -> None:
        """Read the files; `parse` makes of their bytes what they hold, or raises ValueError.

        Raises InvalidConfigError, which names the files, if they cannot be read or hold no such thing.
        """
        self._paths = tuple(paths)
        self._parse = parse
        self._lock = threading.Lock()
        self._stamps: Sequence[Stamp] | None = None
        try:
            self._stamps, self._value = self._stamped(), self._read()
        except (OSError, ValueError) as error:
            raise InvalidConfigError(self._named(), _why(error)) from error

    def get(self) -> T:
        """Return what the files hold now; what they held before, as long as that is not right.

        Two files are never changed at one moment, so a certificate without its key is met, and passes by itself.
        """
        with self._lock:
            try:
                stamps = self._stamped()
                if stamps != self._stamps:
                    self._stamps = stamps  # first: what is wrong is told once, not at every call
                    self._value = self._read()
                    _LOG.info("%s read again", self._named())
            except (OSError, ValueError) as error:
                _LOG.error("%s: %s; what was read before stays in use", self._named(), _why(error))
            return self._value

    def _stamped(self) -> Sequence[Stamp]:
        found = [path.stat() for path in self._paths]
        return [(each.st_mtime_ns, each.st_size, each.st_ino) for each in found]

    def _read(self) -> T:
        return self._parse([path.read_bytes() for path in self._paths])

    def _named(self) -> str:
        return " and ".join(map(str, self._paths))


def _why(error: Exception) -> str:
    return f"cannot be read: {error.strerror}" if isinstance(error, OSError) else str(error)
