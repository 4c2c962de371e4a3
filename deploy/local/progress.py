"""How the stack tells whoever started it what it is doing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

from deploy.local.settings import Service


class Progress(Protocol):
    """Told of each download and each change of a service. Called from several threads."""

    def download(self, name: str, size: int) -> AbstractContextManager[Callable[[int], None]]:
        """Open a download; the block gets a function to call with the bytes of each piece.

        Args:
            name: the file's name.
            size: its length in bytes, 0 where the repository does not tell.
        """

    def service(self, service: Service, doing: str) -> None:
        """Take note of what a service is doing: `preparing`, `starting`, `ready`, `stopping`, `stopped`."""


class Silent:
    """Tells nobody."""

    @contextmanager
    def download(self, name: str, size: int) -> Iterator[Callable[[int], None]]:
        """Ignore the download."""
        yield lambda _count: None

    def service(self, service: Service, doing: str) -> None:
        """Ignore the change."""
