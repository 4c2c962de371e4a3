"""Size: a body that is too large is refused before it is read as a whole."""

from collections.abc import Callable
from typing import Any, Final

Refuse = Callable[[int], Any]
"""Returns the answer to a body of more than so many bytes, as an ASGI app."""


class SizeLimit:
    """ASGI middleware: hands on requests whose body is within the limit, in one piece, and refuses the others.

    By what comes, not by what the header says: a body may come in pieces, without a length or with a false one.
    """

    def __init__(self, app: Any, most_bytes: int, refuse: Refuse) -> None:
        """Take the app within, the greatest size of a body in bytes, and the answer to a greater one."""
        self._app: Final = app
        self._most_bytes: Final = most_bytes
        self._refuse: Final = refuse

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        pieces, size, more = [], 0, True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            pieces.append(message.get("body", b""))
            size, more = size + len(pieces[-1]), message.get("more_body", False)
            if size > self._most_bytes:
                await self._refuse(self._most_bytes)(scope, receive, send)
                return
        whole = {"type": "http.request", "body": b"".join(pieces), "more_body": False}

        async def replayed() -> Any:
            nonlocal whole
            if whole:
                message, whole = whole, {}
                return message
            return await receive()  # the client's going

        await self._app(scope, replayed, send)
