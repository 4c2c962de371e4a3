"""A channel whose certificates are read again when they are renewed, for clients that run as long as servers do."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, Final, Self

from serving.credentials import ClientSettings, aio_channel_to
from serving.security.certificates import certificates_of
from serving.security.reloaded import Reloaded

_CLOSE_AFTER_S: Final = 60.0
"""How long calls under way over the old connections are given: as long as a call may take."""


class RenewedChannel:
    """Takes calls of one request over a channel of gRPC, and opens another when the settings' files have changed."""

    def __init__(self, address: str, settings: ClientSettings) -> None:
        """Raises InvalidConfigError if a file of the settings cannot be read."""
        files = [path for path in (settings.ca, settings.certificate, settings.private_key) if path is not None]

        def opened(found: Sequence[bytes]) -> Any:
            if settings.certificate is not None:
                certificates_of(found[-2:])  # half of a new pair must not take the place of a whole old one
            return aio_channel_to(address, settings)

        self._files = Reloaded(files, opened)
        self._open: Any = self._files.get()
        self._closing: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *raised: object) -> None:
        for task in self._closing:
            task.cancel()
        await self._open.close()

    def unary_unary(self, method: str, **codec: Any) -> Callable[..., Any]:
        """Return what calls the method; generated stubs ask for it, and call it with a request."""
        return lambda request, **how: self._channel().unary_unary(method, **codec)(request, **how)

    def unary_stream(self, method: str, **codec: Any) -> Callable[..., Any]:
        """Return the same for a method whose answer is a stream."""
        return lambda request, **how: self._channel().unary_stream(method, **codec)(request, **how)

    def _channel(self) -> Any:
        found = self._files.get()
        if found is not self._open:
            task = asyncio.get_running_loop().create_task(self._open.close(_CLOSE_AFTER_S))
            self._closing.add(task)
            task.add_done_callback(self._closing.discard)
            self._open = found
        return found
