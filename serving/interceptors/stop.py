"""Stop: the moment in which a server shuts its door, and no call stands between door and desk.

gRPC takes calls off the wire before Python accepts them, one by one. One that arrived and was not accepted yet when
the server is told to stop is neither answered nor sent elsewhere: its client is told CANCELLED, as if it had cancelled
the call itself (https://github.com/grpc/grpc/issues/41785), and no client retries that. A busy event loop accepts
late: with 8 clients that ask without a pause, every stop cost a call. So work is held for a moment first: an event
loop that computes nothing accepts at once, and the server is told to stop when nothing waits to be accepted.
"""

import asyncio
from typing import Any, Final

import grpc

from serving.interceptors.unary import Next, UnaryInterceptor

_QUIET_S: Final = 0.02
"""No call in so long: none waits to be accepted. With half of it, one call of some thousand was still cancelled."""
_LONGEST_S: Final = 0.3
"""When the server is told to stop though calls keep coming; they come from many clients, and are accepted at once."""
_SHUT_S: Final = 0.005
"""What gRPC is given to shut the door once it is told to, before work goes on."""


class StopInterceptor(UnaryInterceptor):
    """Lets calls through, except for the moment of a stop; those that arrive in it are answered after it."""

    def __init__(self) -> None:
        self._arrived = 0
        self._through = asyncio.Event()
        self._through.set()

    async def around(self, method: str, call: Next, request: Any, context: grpc.aio.ServicerContext) -> Any:
        """Return the response."""
        self._arrived += 1
        if not self._through.is_set():
            await self._through.wait()
        return await call(request, context)

    async def stop(self, server: grpc.aio.Server, grace_s: float) -> None:
        """Stop the server: no call is accepted from now on, and those that were are given `grace_s`."""
        self._through.clear()
        try:
            await self._quiet()
            stopping = asyncio.ensure_future(server.stop(grace_s))
            await asyncio.wait([stopping], timeout=_SHUT_S)
        finally:
            self._through.set()
        await stopping

    async def _quiet(self) -> None:
        """Return when no call has arrived for a while in which the event loop was free to accept one."""
        loop = asyncio.get_running_loop()
        end = loop.time() + _LONGEST_S
        while (began := loop.time()) < end:
            before = self._arrived
            await asyncio.sleep(_QUIET_S)
            if self._arrived == before and loop.time() - began < 1.5 * _QUIET_S:
                return
