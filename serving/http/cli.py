"""`tideline http`."""

from typing import Annotated, Any

import typer

from serving.binding import check_loopback
from serving.errors import InvalidConfigError
from serving.http.settings import HttpSettings


def http(
    host: Annotated[str | None, typer.Option(help="Address to listen on, 127.0.0.1 by default.")] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="HTTP port, 8080 by default.")] = None,
    target: Annotated[str | None, typer.Option(help="The gRPC server behind it, 127.0.0.1:8087 by default.")] = None,
) -> None:
    """Answer HTTP with JSON: recommendations, tracking, profiles and items, in front of a running `tideline serve`.

    POST /api/v1/recommendations/v2, /api/v1/events and /api/v1/events/batch; GET and PATCH
    /api/v1/users/{user_id}/profile, GET /api/v1/users/{user_id}/features; POST /api/v1/items and /api/v1/items/batch,
    GET, PATCH and DELETE /api/v1/items/{item_id}, GET /api/v1/items/{item_id}/stats; GET /health; the OpenAPI page is
    /docs.
    SIGTERM and Ctrl-C let requests under way finish.
    """
    import uvicorn  # --help need not wait for it

    from serving.http.app import make_app

    given: dict[str, Any] = {"host": host, "port": port, "target": target}
    settings = HttpSettings(**{name: value for name, value in given.items() if value is not None})
    check_loopback(settings.host)
    if ":" not in settings.target:
        raise InvalidConfigError("target", f"must be host:port, not {settings.target!r}")
    uvicorn.run(
        make_app(settings.target, settings.timeout_s),
        host=settings.host,
        port=settings.port,
        loop="uvloop",
        log_level="warning",
        timeout_graceful_shutdown=round(settings.drain_s),
    )
