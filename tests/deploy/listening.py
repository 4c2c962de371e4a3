"""A port that somebody else holds."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager

from deploy.local.ports import HOST


@contextmanager
def listening() -> Iterator[int]:
    """Listen on a port of the loopback interface, and give its number."""
    with socket.create_server((HOST, 0)) as server:
        yield server.getsockname()[1]
