"""Endpoint: `/metrics` for Prometheus, and `/health` for whoever restarts or alerts."""

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import TYPE_CHECKING
from wsgiref.simple_server import WSGIRequestHandler, make_server

import orjson
from prometheus_client import make_wsgi_app

from agents.errors import PortTakenError
from agents.runtime.health import Health

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base class names it
        """Say nothing: one line for every probe would drown the log."""


@contextmanager
def endpoint(port: int, health: Health) -> Iterator[int]:
    """Answer on loopback while the block runs, 0 for any free port; yield the port. Raises PortTakenError.

    `/health` is 200 for a worker that is well, else 503; its body tells the problems either way.
    """
    metrics = make_wsgi_app()

    def answer(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        if environ["PATH_INFO"] != "/health":
            exposition: Iterable[bytes] = metrics(environ, start_response)
            return exposition
        problems = health.problems
        status = HTTPStatus.SERVICE_UNAVAILABLE if problems else HTTPStatus.OK
        start_response(f"{status.value} {status.phrase}", [("Content-Type", "application/json")])
        return [orjson.dumps({"healthy": not problems, "problems": problems})]

    try:
        server = make_server("127.0.0.1", port, answer, handler_class=_Quiet)
    except OSError as error:
        raise PortTakenError(f"cannot listen on 127.0.0.1:{port}: {error}; choose another --metrics-port") from error
    with server:
        threading.Thread(target=server.serve_forever, name="endpoint", daemon=True).start()
        yield server.server_port
        server.shutdown()
