"""What the stack has to know about a server to run it."""

from __future__ import annotations

from typing import Protocol

from deploy.local.settings import Service


class Server(Protocol):
    """One server of the stack: how to prepare, launch and address it."""

    @property
    def service(self) -> Service:
        """Which service this is."""

    @property
    def ports(self) -> dict[str, int]:
        """The ports on which it will listen, by the field of `StackSettings` that chooses each."""

    @property
    def address(self) -> str:
        """What a client connects to: bootstrap servers, base URL or URI."""

    def prepare(self) -> None:
        """Write its configuration and lay out its data folder. Blocks; may be called again on kept data."""

    def command(self) -> list[str]:
        """Return the command that runs it in the foreground."""
